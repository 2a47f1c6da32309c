#include "batch_write.hpp"

namespace smelt::orchestrator {

awaitable<void> write_batch(run_pass &pass, const batch_change &change, commit_points points, durability how) {
    auto work = [&](db::transaction &tx) {
        store::batches table{tx};
        change(table);
    };
    co_await write(pass.run, work, points, how);
}

void take_view(store::batch_row &b, const store::remote_view &seen) {
    b.remote_status = seen.status;
    b.output_file = seen.output_file;
    b.error_file = seen.error_file;
    b.remote_completed = seen.completed;
    b.remote_failed = seen.failed;
}

} // namespace smelt::orchestrator
