#include "batch_write.hpp"

#include "smelt/core/log.hpp"

namespace smelt::orchestrator {

awaitable<void> write_batch(context &ctx, const batch_change &change, commit_points points, bool durable) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = durable, .bounds = {}}};
        store::batches table{tx};
        change(table);
        failpoint(points.before);
        tx.commit();
    };
    co_await ctx.db.run(work);
    failpoint(points.after);
}

awaitable<void> unless_fenced(awaitable<void> step) {
    try {
        co_await std::move(step);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    }
}

} // namespace smelt::orchestrator
