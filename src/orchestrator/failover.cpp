#include "failover.hpp"

#include "holds.hpp"
#include "transactions.hpp"

#include "smelt/base/text.hpp"
#include "smelt/store/batches.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {

std::int64_t least_batch(const registered_pipeline &p, const registered_task &task) {
    return task.rungs.front()->spec->synchronous ? 0 : p.config->fallback->below;
}

bool is_late(const registered_pipeline &p, const store::batch_row &b) {
    const auto *task = p.task(b.task);
    const bool may_fall_back = task != nullptr && b.rung == 0 && !b.dispatched && p.config->has_fallback(*task->spec) &&
                               p.config->fallback->after && b.account != p.fallback->account;
    return may_fall_back && b.open_for && *b.open_for >= *p.config->fallback->after;
}

awaitable<void> give_up(run_pass &pass, const registered_pipeline &p, const store::batch_row &b,
                        const provider::remote_batch &job) {
    if (job.state == provider::remote_state::cancelling)
        co_return;
    // Nothing is taken from a service for a fallback that cannot have it, nor a second time.
    auto look = [&](db::transaction &tx) {
        return store::batches{tx}.came_back(b.pipeline, b.id) ||
               !holds_of(tx, *p.fallback, b.task, fallback_rung).empty();
    };
    const bool stays = co_await read(pass.run, look);
    if (stays || pass.paused_accounts.contains(p.fallback->account.value))
        co_return;
    // The mark comes first, as with `smelt cancel`: status shows that the batch is meant to stop.
    auto mark = [&](db::transaction &tx) { store::batches{tx}.request_cancel(b.id, true); };
    if (!b.cancel_requested)
        co_await write(pass.run, mark, commit_points{"give_up.before_mark", "give_up.after_mark"});
    co_await pass.pipelines.batch_api_of(b).cancel(b.remote_id);
    failpoint("give_up.after_cancel");
    if (!b.cancel_requested)
        pass.event(fmt::format("batch {}: {} has had it for {} (fallback.after: {}) and is asked to cancel it; what it "
                               "has not run then is asked of {}",
                               b.id.value, p.service_of(b.account).spec->name, format_duration(*b.open_for),
                               format_duration(*p.config->fallback->after), p.fallback->spec->name));
}

awaitable<void> note_unreachable(run_pass &pass, account_id account) {
    pass.paused_accounts.insert(account.value);
    if (pass.unreachable_for.contains(account.value))
        co_return;
    auto work = [&](db::transaction &tx) {
        const auto since = store::batches{tx}.not_reached(account);
        return since;
    };
    const auto since = co_await write(pass.run, work);
    pass.unreachable_for.emplace(account.value, since);
}

bool is_out_of_reach(const run_pass &pass, const registered_pipeline &p, const registered_task &task) {
    const auto found = pass.unreachable_for.find(task.rungs.front()->account.value);
    return found != pass.unreachable_for.end() && p.config->fallback->after &&
           found->second >= *p.config->fallback->after;
}

} // namespace smelt::orchestrator
