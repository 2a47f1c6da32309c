#include "forgotten.hpp"

#include "transactions.hpp"

#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/forgetting.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

constexpr std::int64_t records_at_once = 1000;
constexpr commit_points settle_points{"forget.before_settle", "forget.after_settle"};

awaitable<void> settle(run_pass &pass, const registered_pipeline &p) {
    auto look = [&](db::transaction &tx) { return store::forgetting{tx, p.id}.has_left_anything(); };
    if (!co_await read(pass.run, look))
        co_return;
    std::size_t settled = 0;
    for (bool more = true; more;) {
        auto work = [&](db::transaction &tx) {
            store::forgetting table{tx, p.id};
            const auto records = table.settled(records_at_once);
            if (!records.empty())
                table.settle(records);
            table.clear_errors();
            return records.size();
        };
        const auto done = co_await write(pass.run, work, settle_points);
        settled += done;
        more = done > 0;
    }
    if (settled > 0)
        pass.event(fmt::format("{}: {} that {} forgotten while {} under way {} removed", p.config->name,
                               settled == 1 ? "a record" : std::to_string(settled) + " records",
                               settled == 1 ? "was" : "were", settled == 1 ? "it was" : "they were",
                               settled == 1 ? "is" : "are"));
}

} // namespace

awaitable<void> settle_forgotten(run_pass &pass) {
    for (const auto &p : pass.pipelines)
        co_await isolated(pass, p.config->name, settle(pass, p));
}

} // namespace smelt::orchestrator
