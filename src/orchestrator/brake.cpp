#include "brake.hpp"

#include "holds.hpp"

#include "smelt/core/text.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/store/answers.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {

awaitable<void> brake(context &ctx, const registered_pipeline &p, const registered_task &task) {
    const auto &limit = p.config->brake;
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::answers{tx}.recent(task.id, task.version, limit.after);
    };
    const auto seen = co_await ctx.db.run(work);
    if (!fails_too_often(seen.answers, seen.failed, limit))
        co_return;
    auto reason =
        fmt::format("{} of the last {} answers failed, more than {}%; see `smelt failures {}`",
                    group_digits(seen.failed), group_digits(seen.answers), limit.failed_percent, p.config->name);
    co_await place_hold(ctx, p, task.id, "brake", std::move(reason), std::nullopt);
}

} // namespace smelt::orchestrator
