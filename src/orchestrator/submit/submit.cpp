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
            pass.note(fmt::format("{}: {}task {} is on hold{}: {}", p.config->name,
                                  hold.rung && task.rungs.size() > 1 ? "rung " + std::to_string(*hold.rung) + " of "
                                                                     : std::string{},
                                  task.spec->definition.name,
                                  hold.remaining ? " for " + format_duration(*hold.remaining)
                                                 : " until `smelt resume " + p.config->name + "`",
                                  hold.reason));
}

void note_why_not(run_pass &pass, const registered_pipeline &p, const registered_task &task, const service &s,
                  const claimed_batch &claimed) {
    if (claimed.has_other_needs)
        pass.note(
            fmt::format("{}: the needs of task {} have been changed since this run began; it sends no more of them, "
                        "the next run does",
                        p.config->name, task.spec->definition.name));
    note_holds(pass, p, task, claimed.holds);
    if (claimed.no_room)
        pass.note(fmt::format("{}: {} batches are open, the limit; more go out when one of them ends", p.config->name,
                              s.spec->limits.open_batches));
    if (claimed.no_tokens)
        pass.note(
            fmt::format("{}: the unfinished batches of {} have reserved what limits.enqueued_tokens allows; more go "
                        "out when one of them ends",
                        p.config->name, claimed.row.model));
    if (claimed.waits_for_first)
        pass.note(fmt::format("{}: task {} waits for the answers of its first batch (limits.first_batch: {})",
                              p.config->name, task.spec->definition.name, p.config->first_batch));
}

/// The fallback when so few items could be sent that they are not worth a batch, and it is not out of order.
awaitable<service *> choose_service(run_pass &pass, registered_pipeline &p, const registered_task &task, int rung) {
    auto *own = task.rungs[static_cast<std::size_t>(rung)];
    // The fallback has the task's own model, not those of the ladder.
    if (p.fallback == nullptr || rung > 0 || own->spec->synchronous)
        co_return own;
    const auto below = p.config->fallback->below;
    auto work = [&](db::transaction &tx) {
        return store::items{tx}.claimable_up_to(p.id, task.id, rung, below) < below &&
               holds_of(tx, *p.fallback, task.id, rung).empty();
    };
    const bool few = co_await read(pass.run, work);
    co_return few && !pass.paused_accounts.contains(p.fallback->account.value) ? p.fallback : own;
}

awaitable<bool> is_held(run_pass &pass, const registered_pipeline &p, const service &s, const registered_task &task,
                        int rung) {
    auto work = [&](db::transaction &tx) { return holds_of(tx, s, task.id, rung); };
    const auto holds = co_await read(pass.run, work);
    note_holds(pass, p, task, holds);
    co_return !holds.empty();
}

/// Claims and sends one batch. False when this rung has nothing more to send in this pass.
awaitable<bool> submit_one(run_pass &pass, registered_pipeline &p, registered_task &task, int rung) {
    auto &s = *co_await choose_service(pass, p, task, rung);
    if (pass.run.is_ending() || pass.paused_accounts.contains(s.account.value))
        co_return false;
    auto limit = limits_of(s.spec->limits, task, pass.pipelines.dialect_of(p, s).capabilities()).requests;
    if (&s == p.fallback)
        limit = std::min(limit, p.config->fallback->below);
    if (pass.run.options.max)
        limit = std::min(limit, *pass.run.options.max - pass.run.claimed);
    if (limit <= 0)
        co_return false;
    pass.run.claimed += limit;
    const auto model = expanded(task.ready->task.definition(), *p.config, rung).model;
    auto work = [&](db::connection &c) { return claim(c, p, s, task, rung, model, pass, limit); };
    auto claimed = co_await pass.run.db.run(work);
    pass.run.claimed -= limit - claimed.claimed;
    note_why_not(pass, p, task, s, claimed);
    if (claimed.tripped) {
        const store::held held{task.id, rung, {}};
        co_await place_hold(pass, p, held, "circuit_breaker", *claimed.tripped, std::nullopt);
    }
    if (claimed.claimed == 0)
        co_return false;
    co_await send(pass, p, task, std::move(claimed.row));
    co_return true;
}

awaitable<bool> has_claimable(run_pass &pass, const registered_pipeline &p, const registered_task &task, int rung) {
    const bool is_last = rung + 1 == static_cast<int>(task.rungs.size());
    auto look = [&](db::transaction &tx) {
        store::items items{tx};
        if (!items.any_claimable(p.id, task.id))
            return std::optional<std::int64_t>{};
        if (is_last)
            items.lower(p.id, task.id, rung);
        return items.next_due(p.id, task.id, rung);
    };
    const auto due = co_await write(pass.run, look);
    co_return due &&*due <= 0;
}

awaitable<void> choose_sample(run_pass &pass, const registered_pipeline &p, registered_task &task) {
    if (!pass.run.options.sample || task.sample)
        co_return;
    auto work = [&](db::transaction &tx) {
        return store::items{tx}.sample(p.id, task.id, *pass.run.options.sample, pass.run.runner.value);
    };
    task.sample = co_await read(pass.run, work);
}

/// What the services of the ladder refuse of the task is said before its foot is paid for. Without a key: that of a
/// rung is read when it is asked.
void check_ladder(run_pass &pass, const registered_pipeline &p, const registered_task &task) {
    for (std::size_t rung = 1; rung < task.rungs.size(); ++rung) {
        const auto &spec = *task.rungs[rung]->spec;
        http::client unused{pass.run.io.get_executor(), http::client_options{}};
        encoder_for(*provider::make_dialect(spec, {}, unused), p, task, static_cast<int>(rung));
    }
}

/// False: there is nothing that could be sent.
awaitable<bool> submit_rung(run_pass &pass, registered_pipeline &p, registered_task &task, int rung) {
    if (!co_await has_claimable(pass, p, task, rung))
        co_return false;
    if (rung == 0)
        check_ladder(pass, p, task);
    co_await check_fields_once(pass, p);
    auto *s = co_await choose_service(pass, p, task, rung);
    pass.pipelines.dialect_of(p, *s);
    co_await use_key(pass, p, *s);
    // A held account is not even asked what it has.
    if (co_await is_held(pass, p, *s, task, rung))
        co_return true;
    // What it refuses is said before anything is claimed.
    encoder_for(pass.pipelines.dialect_of(p, *s), p, task, rung);
    co_await refuse_unrecognised_jobs(pass, p, *s);
    co_await choose_sample(pass, p, task);
    // Each until it finds nothing: with a synchronous service, the other's batch leaves some to be sent again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        bool more = true;
        while (more)
            more = co_await submit_one(pass, p, task, rung);
    };
    // What is being built has reserved all that is left, until it is known how much it needs.
    const auto width = s->spec->limits.enqueued_tokens > 0 ? 1 : submits_at_once;
    co_await for_each(width, width, worker);
    co_return true;
}

/// What is wrong with one rung's service leaves the others alone.
awaitable<void> submit_task(run_pass &pass, registered_pipeline &p, registered_task &task) {
    bool any = false;
    const auto rungs = static_cast<int>(task.rungs.size());
    for (int rung = 0; rung < rungs; ++rung) {
        auto step = [&](bool &found) -> awaitable<void> { found = co_await submit_rung(pass, p, task, rung); };
        bool found = true;
        const auto place = p.config->name + ": nothing more of task " + task.spec->definition.name + " is sent";
        auto one = step(found);
        co_await isolated(pass, place, std::move(one));
        any = any || found;
    }
    // All that could hold the request at fault have run, or come back in one small group.
    if (!any && task.batch_limit)
        co_await set_batch_limit(pass, p, task.id, std::nullopt);
}

awaitable<void> submit_pipeline(run_pass &pass, registered_pipeline &p) {
    std::vector<registered_task *> order;
    for (auto &task : p.tasks)
        if (pass.run.options.task.empty() || pass.run.options.task == task.spec->definition.name)
            order.push_back(&task);
    std::ranges::stable_sort(order, {}, [](const registered_task *t) { return t->spec->priority; });
    // Synchronous answers may be what another task has waited for, and a rejected one of a task with needs is asked
    // again.
    bool again = true;
    while (again) {
        const auto answers = pass.run.summary.accepted + pass.run.summary.rejected;
        for (auto *task : order)
            co_await submit_task(pass, p, *task);
        again = pass.run.summary.accepted + pass.run.summary.rejected > answers &&
                std::ranges::any_of(p.tasks, [](const auto &task) { return task.is_gated(); });
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
