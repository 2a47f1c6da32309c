#include "submit.hpp"

#include "claim.hpp"
#include "fields.hpp"
#include "orchestrator/budgets.hpp"
#include "orchestrator/failover.hpp"
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
#include <utility>

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
    const auto is_of_part = [&](const store::active_hold &hold) {
        return hold.rung && (task.rungs.size() > 1 || *hold.rung == fallback_rung);
    };
    for (const auto &hold : holds)
        if (!pass.new_holds.contains(hold.reason))
            pass.note(fmt::format("{}: {}task {} is on hold{}: {}", p.config->name,
                                  is_of_part(hold) ? "the " + rung_name(*hold.rung) + " of " : std::string{},
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
    if (claimed.no_money)
        say_spent(pass, p, *claimed.no_money);
    if (claimed.no_tokens)
        pass.note(
            fmt::format("{}: the unfinished batches of {} have reserved what limits.enqueued_tokens allows; more go "
                        "out when one of them ends",
                        p.config->name, claimed.row.model));
    if (claimed.waits_for_first)
        pass.note(fmt::format("{}: task {} waits for the answers of its first batch (limits.first_batch: {})",
                              p.config->name, task.spec->definition.name, p.config->first_batch));
}

/// Whom items of a rung are sent to, and as which rung that counts.
struct recipient {
    service *who = nullptr;
    int rung = 0;
};

/// The fallback for items that wait for it, for all while their own service is out of reach, and for so few that they
/// are not worth a batch; but only while it is not out of order itself.
awaitable<recipient> choose_recipient(run_pass &pass, registered_pipeline &p, const registered_task &task, int rung) {
    const auto own_rung = std::max(rung, 0);
    const recipient own{&p.asked_on(task, own_rung), own_rung};
    // The fallback stands in for the task's own model, not for those of the ladder.
    if (rung > 0 || !p.config->has_fallback(*task.spec))
        co_return own;
    if (pass.paused_accounts.contains(p.fallback->account.value))
        co_return own;
    const bool is_due = rung == fallback_rung || is_out_of_reach(pass, p, task);
    const auto below = least_batch(p, task);
    auto work = [&](db::transaction &tx) {
        const auto few = is_due || below == 0 ? 0 : store::items{tx}.claimable_up_to(p.id, task.id, rung, below);
        return (is_due || (few > 0 && few < below)) && holds_of(tx, *p.fallback, task.id, fallback_rung).empty() &&
               !budget_hold(tx, pass, p, p.fallback->account);
    };
    const bool falls_back = co_await read(pass.run, work);
    if (!falls_back)
        co_return own;
    const recipient other{p.fallback, fallback_rung};
    co_return other;
}

awaitable<bool> is_held(run_pass &pass, const registered_pipeline &p, const service &s, const registered_task &task,
                        int rung) {
    auto work = [&](db::transaction &tx) { return holds_of(tx, s, task.id, rung); };
    const auto holds = co_await read(pass.run, work);
    note_holds(pass, p, task, holds);
    co_return !holds.empty();
}

/// Says which budget had no room for the next request.
awaitable<void> note_spent_budget(run_pass &pass, const registered_pipeline &p, const service &s) {
    auto work = [&](db::transaction &tx) { return budget_hold(tx, pass, p, s.account); };
    const auto spent = co_await read(pass.run, work);
    if (spent)
        say_spent(pass, p, *spent);
}

/// Claims and sends one batch. False when this rung has nothing more to send there in this pass.
awaitable<bool> submit_one(run_pass &pass, registered_pipeline &p, registered_task &task, int rung, recipient to) {
    const auto now = co_await choose_recipient(pass, p, task, rung);
    auto &s = *to.who;
    if (now.who != to.who || pass.run.is_ending() || pass.paused_accounts.contains(s.account.value))
        co_return false;
    auto limit = limits_of(s.spec->limits, task, pass.pipelines.dialect_of(p, s).capabilities()).requests;
    const bool stands_in_for_few = to.rung == fallback_rung && rung == 0 && !is_out_of_reach(pass, p, task);
    if (stands_in_for_few)
        limit = std::min(limit, p.config->fallback->below);
    if (pass.run.options.max)
        limit = std::min(limit, *pass.run.options.max - pass.run.claimed);
    if (limit <= 0)
        co_return false;
    pass.run.claimed += limit;
    const auto model = expanded(task.ready->task.definition(), *p.config, to.rung).model;
    auto work = [&](db::connection &c) { return claim(c, p, task, rung, to.rung, model, pass, limit); };
    auto claimed = co_await pass.run.db.run(work);
    pass.run.claimed -= limit - claimed.claimed;
    note_why_not(pass, p, task, s, claimed);
    if (claimed.tripped) {
        const store::held held{task.id, to.rung, {}};
        co_await place_hold(pass, p, held, "circuit_breaker", *claimed.tripped, std::nullopt);
    }
    if (claimed.claimed == 0)
        co_return false;
    const auto no_room = co_await send(pass, p, task, std::move(claimed.row));
    if (no_room > 0) {
        pass.run.short_of[{task.id.value, to.rung}] = no_room;
        co_await note_spent_budget(pass, p, s);
    }
    co_return no_room == 0;
}

awaitable<bool> has_claimable(run_pass &pass, const registered_pipeline &p, const registered_task &task, int rung) {
    const auto last = static_cast<int>(task.rungs.size()) - 1;
    const bool has_fallback = p.config->has_fallback(*task.spec);
    auto look = [&](db::transaction &tx) {
        store::items items{tx};
        if (!items.any_claimable(p.id, task.id))
            return std::optional<std::int64_t>{};
        if (rung == 0)
            items.lower(p.id, task.id, last, has_fallback);
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

/// What the services of the ladder, and the fallback, refuse of the task is said before its foot is paid for. Without a
/// key: that of a rung is read when it is asked.
void check_ladder(run_pass &pass, const registered_pipeline &p, const registered_task &task) {
    const auto rungs = static_cast<int>(task.rungs.size());
    for (int rung = p.lowest_rung(task); rung < rungs; ++rung) {
        if (rung == 0)
            continue;
        const auto &spec = *p.asked_on(task, rung).spec;
        http::client unused{pass.run.io.get_executor(), http::client_options{}};
        encoder_for(*provider::make_dialect(spec, {}, unused), p, task, rung);
    }
}

/// Sends what can be sent there. False when it is on hold: a held account is not even asked what it has.
awaitable<bool> submit_to(run_pass &pass, registered_pipeline &p, registered_task &task, int rung, recipient to) {
    auto &s = *to.who;
    pass.pipelines.dialect_of(p, s);
    co_await use_key(pass, p, s);
    if (co_await is_held(pass, p, s, task, to.rung))
        co_return false;
    // What it refuses is said before anything is claimed.
    encoder_for(pass.pipelines.dialect_of(p, s), p, task, to.rung);
    co_await refuse_unrecognised_jobs(pass, p, s);
    co_await choose_sample(pass, p, task);
    // Each until it finds nothing: with a synchronous service, the other's batch leaves some to be sent again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        bool more = true;
        while (more)
            more = co_await submit_one(pass, p, task, rung, to);
    };
    // What is being built has reserved all that is left, until it is known how much it needs.
    auto look = [&](db::transaction &tx) { return store::budgets{tx}.any(p.id, s.account); };
    const bool has_budget = co_await read(pass.run, look);
    const auto width = s.spec->limits.enqueued_tokens > 0 || has_budget ? 1 : submits_at_once;
    co_await for_each(width, width, worker);
    co_return true;
}

/// False: there is nothing that could be sent. What is left when one service has done its part may be another's.
awaitable<bool> submit_rung(run_pass &pass, registered_pipeline &p, registered_task &task, int rung) {
    bool any = false;
    service *before = nullptr;
    bool goes_on = true;
    while (goes_on) {
        const bool has_some = co_await has_claimable(pass, p, task, rung);
        if (!has_some)
            break;
        if (!any && rung == 0)
            check_ladder(pass, p, task);
        any = true;
        co_await check_fields_once(pass, p);
        const auto to = co_await choose_recipient(pass, p, task, rung);
        goes_on = to.who != std::exchange(before, to.who);
        if (goes_on && to.rung == fallback_rung && is_out_of_reach(pass, p, task))
            pass.event(fmt::format("{}: {} could not be reached for {} (fallback.after: {}); {} is asked instead",
                                   p.config->name, task.rungs.front()->spec->name,
                                   format_duration(pass.unreachable_for.at(task.rungs.front()->account.value)),
                                   format_duration(*p.config->fallback->after), to.who->spec->name));
        if (goes_on)
            goes_on = co_await submit_to(pass, p, task, rung, to);
    }
    co_return any;
}

/// What is wrong with one rung's service leaves the others alone.
awaitable<void> submit_task(run_pass &pass, registered_pipeline &p, registered_task &task) {
    bool any = false;
    const auto rungs = static_cast<int>(task.rungs.size());
    for (int rung = p.lowest_rung(task); rung < rungs; ++rung) {
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
    auto check = [&](db::transaction &tx) { check_budgets(tx, p); };
    co_await read(pass.run, check);
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
