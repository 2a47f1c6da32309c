#include "holds.hpp"

#include "smelt/core/failpoint.hpp"
#include "smelt/core/text.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {

awaitable<void> place_hold(context &ctx, const registered_pipeline &p, std::optional<task_id> task, std::string kind,
                           std::string reason, std::optional<milliseconds> how_long) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::holds{tx}.place(p.id, task, task ? std::nullopt : std::optional{p.account}, kind, reason, how_long);
        failpoint("hold.before_commit");
        tx.commit();
    };
    co_await ctx.db.run(work);
    failpoint("hold.after_commit");
    ctx.note(fmt::format("{}: on hold{}: {}", p.config->name,
                         how_long ? " for " + format_duration(*how_long) : std::string{}, reason));
}

awaitable<void> set_batch_limit(context &ctx, registered_pipeline &p, task_id t, std::optional<std::int64_t> limit) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::catalog{tx}.set_batch_limit(t, limit);
        failpoint("rest.before_limit");
        tx.commit();
    };
    co_await ctx.db.run(work);
    failpoint("rest.after_limit");
    for (auto &task : p.tasks)
        if (task.id == t)
            task.batch_limit = limit;
}

} // namespace smelt::orchestrator
