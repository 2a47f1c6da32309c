#include "serve.hpp"

#include "orchestrator/collect/collect.hpp"
#include "orchestrator/collect/poll.hpp"
#include "orchestrator/lifecycle.hpp"
#include "orchestrator/recover/recover.hpp"
#include "orchestrator/transactions.hpp"

#include "smelt/orchestrator/failpoints.hpp"

#include <vector>

namespace smelt::orchestrator {
namespace {

awaitable<std::vector<store::batch_row>> take_batches(run_pass &pass) {
    auto work = [&](db::transaction &tx) {
        end_dead_runners(tx, this_process());
        auto rows = store::batches{tx}.take(pass.run.runner, pass.pipelines.ids());
        return rows;
    };
    co_return co_await write(pass.run, work, commit_points{"take.before_commit", "take.after_commit"},
                             durability::on_disk);
}

} // namespace

awaitable<void> serve(run_pass &pass) {
    auto batches = co_await take_batches(pass);
    co_await recover(pass, batches);
    co_await poll(pass, batches);
    co_await collect(pass);
}

} // namespace smelt::orchestrator
