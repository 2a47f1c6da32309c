#include "submit.hpp"

#include "claim.hpp"
#include "fields.hpp"
#include "orchestrator/graph/due.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/transactions.hpp"
#include "send.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/store/items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Batches built and sent at once: one renders while another uploads.
constexpr std::size_t submits_at_once = 2;

awaitable<void> check_fields_once(run_pass &pass, registered_pipeline &p) {
    if (p.fields_checked)
        co_return;
    auto work = [&](db::transaction &tx) { check_fields(tx, p); };
    co_await read(pass.run, work);
    p.fields_checked = true;
}

void note_holds(run_pass &pass, const registered_pipeline &p, const registered_task &task,
                const std::vector<store::active_hold> &holds) {
    for (const auto &hold : holds)
        if (!pass.new_holds.contains(hold.reason))
            pass.note(fmt::format("{}: task {} is on hold{}: {}", p.config->name, task.spec->definition.name,
                                  hold.remaining ? " for " + format_duration(*hold.remaining)
                                                 : " until `smelt resume " + p.config->name + "`",
                                  hold.reason));
}

void note_why_not(run_pass &pass, const registered_pipeline &p, const registered_task &task,
                  const claimed_batch &claimed) {
    if (claimed.has_other_needs)
        pass.note(
            fmt::format("{}: the needs of task {} have been changed since this run began; it sends no more of them, "
                        "the next run does",
                        p.config->name, task.spec->definition.name));
    note_holds(pass, p, task, claimed.holds);
    if (claimed.no_room)
        pass.note(fmt::format("{}: {} batches are open, the limit; more go out when one of them ends", p.config->name,
                              p.config->limits.open_batches));
    if (claimed.no_tokens)
        pass.note(
            fmt::format("{}: the unfinished batches of {} have reserved what limits.enqueued_tokens allows; more go "
                        "out when one of them ends",
                        p.config->name, claimed.row.model));
    if (claimed.waits_for_first)
        pass.note(fmt::format("{}: task {} waits for the answers of its first batch (limits.first_batch: {})",
                              p.config->name, task.spec->definition.name, p.config->limits.first_batch));
}

/// The fallback when so few items could be sent that they are not worth a batch, and it is not out of order.
awaitable<service *> choose_service(run_pass &pass, registered_pipeline &p, const registered_task &task) {
    if (!p.fallback)
        co_return &p.main;
    const auto below = p.config->fallback->below;
    auto work = [&](db::transaction &tx) {
        return store::items{tx}.claimable_up_to(p.id, task.id, below) < below &&
               holds_of(tx, *p.fallback, task.id).empty();
    };
    const bool few = co_await read(pass.run, work);
    co_return few && !pass.paused_accounts.contains(p.fallback->account.value) ? &*p.fallback : &p.main;
}

awaitable<bool> is_held(run_pass &pass, const registered_pipeline &p, const service &s, const registered_task &task) {
    auto work = [&](db::transaction &tx) { return holds_of(tx, s, task.id); };
    const auto holds = co_await read(pass.run, work);
    note_holds(pass, p, task, holds);
    co_return !holds.empty();
}

/// Claims and sends one batch. False when this task has nothing more to send in this pass.
awaitable<bool> submit_one(run_pass &pass, registered_pipeline &p, registered_task &task) {
    auto &s = *co_await choose_service(pass, p, task);
    if (pass.run.is_ending() || pass.paused_accounts.contains(s.account.value))
        co_return false;
    auto limit = limits_of(p, task, pass.pipelines.dialect_of(p, s).capabilities()).requests;
    if (&s != &p.main)
        limit = std::min(limit, p.config->fallback->below);
    if (pass.run.options.max)
        limit = std::min(limit, *pass.run.options.max - pass.run.claimed);
    if (limit <= 0)
        co_return false;
    pass.run.claimed += limit;
    const auto model = expanded(task.ready->task.definition(), *p.config).model;
    auto work = [&](db::connection &c) { return claim(c, p, s, task, model, pass, limit); };
    auto claimed = co_await pass.run.db.run(work);
    pass.run.claimed -= limit - claimed.claimed;
    note_why_not(pass, p, task, claimed);
    if (claimed.tripped)
        co_await place_hold(pass, p, s.account, task.id, "circuit_breaker", *claimed.tripped, std::nullopt);
    if (claimed.claimed == 0)
        co_return false;
    co_await send(pass, p, task, std::move(claimed.row));
    co_return true;
}

awaitable<bool> has_claimable(run_pass &pass, const registered_pipeline &p, const registered_task &task) {
    auto work = [&](db::transaction &tx) { return store::items{tx}.next_due(p.id, task.id); };
    const auto due = co_await read(pass.run, work);
    co_return due &&*due <= 0;
}

awaitable<void> choose_sample(run_pass &pass, const registered_pipeline &p, registered_task &task) {
    if (!pass.run.options.sample || task.sample)
        co_return;
    auto work = [&](db::transaction &tx) { return store::items{tx}.sample(p.id, task.id, *pass.run.options.sample); };
    task.sample = co_await read(pass.run, work);
}

awaitable<void> submit_task(run_pass &pass, registered_pipeline &p, registered_task &task) {
    if (!co_await has_claimable(pass, p, task)) {
        // All that could hold the request at fault have run, or come back in one small group.
        if (task.batch_limit)
            co_await set_batch_limit(pass, p, task.id, std::nullopt);
        co_return;
    }
    co_await check_fields_once(pass, p);
    auto *s = co_await choose_service(pass, p, task);
    pass.pipelines.dialect_of(p, *s);
    co_await use_key(pass, p, *s);
    // A held account is not even asked what it has.
    if (co_await is_held(pass, p, *s, task))
        co_return;
    encoder_for(pass.pipelines.dialect_of(p, *s), p, task); // what it refuses is said before anything is claimed
    co_await refuse_unrecognised_jobs(pass, p);
    co_await choose_sample(pass, p, task);
    // Each until it finds nothing: with a synchronous service, the other's batch leaves some to be sent again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        bool more = true;
        while (more)
            more = co_await submit_one(pass, p, task);
    };
    // What is being built has reserved all that is left, until it is known how much it needs.
    const auto width = p.config->limits.enqueued_tokens > 0 ? 1 : submits_at_once;
    co_await for_each(width, width, worker);
}

awaitable<void> submit_pipeline(run_pass &pass, registered_pipeline &p) {
    std::vector<registered_task *> order;
    for (auto &task : p.tasks)
        if (pass.run.options.task.empty() || pass.run.options.task == task.spec->definition.name)
            order.push_back(&task);
    std::ranges::stable_sort(order, {}, [](const registered_task *t) { return t->spec->priority; });
    // Synchronous answers may be what another task has waited for.
    bool again = true;
    while (again) {
        const auto answers = pass.run.summary.accepted;
        for (auto *task : order)
            co_await submit_task(pass, p, *task);
        again = pass.run.summary.accepted > answers && p.tasks.size() > 1;
        if (again)
            co_await settle_due_items(pass, p);
    }
}

} // namespace

awaitable<void> submit(run_pass &pass) {
    for (auto &p : pass.pipelines)
        if (!p.is_unloaded)
            co_await isolated(pass, p.config->name + ": nothing more is sent", submit_pipeline(pass, p));
}

} // namespace smelt::orchestrator
