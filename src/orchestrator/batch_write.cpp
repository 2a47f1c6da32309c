#include "batch_write.hpp"

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

void take_view(store::batch_row &b, const store::remote_view &seen) {
    b.remote_status = seen.status;
    b.output_file = seen.output_file;
    b.error_file = seen.error_file;
    b.remote_completed = seen.completed;
    b.remote_failed = seen.failed;
}

} // namespace smelt::orchestrator
