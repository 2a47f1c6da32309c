#include "circuit_breaker.hpp"

#include "smelt/base/text.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/store/answers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {

std::optional<std::string> tripped_circuit_breaker(db::transaction &tx, const registered_pipeline &p,
                                                   const registered_task &task, int rung) {
    auto limit = p.config->circuit_breaker;
    // A first batch that is smaller is all there is to judge by before the rest goes out.
    if (const auto first = rung == 0 ? p.config->first_batch : 0; first > 0)
        limit.after = std::min(limit.after, first);
    const auto seen = store::answers{tx}.recent(task.id, task.version, rung, limit.after);
    if (!fails_too_often(seen.answers, seen.failed, limit))
        return std::nullopt;
    return fmt::format("{} of the last {} answers failed, more than {}%; see `smelt answers {} --rejected`",
                       group_digits(seen.failed), group_digits(seen.answers), limit.failed_percent, p.config->name);
}

} // namespace smelt::orchestrator
