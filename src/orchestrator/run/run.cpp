#include "smelt/orchestrator/run.hpp"

#include "orchestrator/budgets.hpp"
#include "orchestrator/failover.hpp"
#include "orchestrator/fetch/fetch.hpp"
#include "orchestrator/forgotten.hpp"
#include "orchestrator/graph/due.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/lifecycle.hpp"
#include "orchestrator/load/load.hpp"
#include "orchestrator/load/sync.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/retain.hpp"
#include "orchestrator/submit/spool_file.hpp"
#include "orchestrator/submit/submit.hpp"
#include "orchestrator/transactions.hpp"
#include "orchestrator/write_back/write_back.hpp"
#include "serve.hpp"
#include "session.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/fetches.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/runners.hpp"
#include "smelt/store/write_back.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// What is left to do, as the end of a pass sees it.
struct outlook {
    std::int64_t open_batches = 0;
    std::int64_t stuck_batches = 0; ///< of these, the ones that only a person can resolve
    std::int64_t claimable = 0;
    std::int64_t failed = 0;
    std::optional<std::int64_t> next_due_ms; ///< of items that nothing holds, or not for ever
    bool is_unwritten = false;               ///< events could be written back now
    std::int64_t stuck_writes = 0;           ///< events that could not be
    bool needs_person = false;               ///< a hold that ends only when somebody has done something
};

/// How long holds keep a task from submitting; empty when only `smelt resume` lifts one of them.
std::optional<milliseconds> held_for(const std::vector<store::active_hold> &holds) {
    milliseconds needed{0};
    for (const auto &hold : holds) {
        if (!hold.remaining)
            return std::nullopt;
        needed = std::max(needed, *hold.remaining);
    }
    return needed;
}

/// Whether the other of the task's own service and its fallback gets the items of this rung while one is on hold.
bool may_be_sent_elsewhere(store::items &items, const registered_pipeline &p, const registered_task &task, int rung) {
    const auto below = least_batch(p, task);
    return rung == fallback_rung || items.claimable_up_to(p.id, task.id, rung, below) < below;
}

/// Whether the other of the task's own service and its fallback has money for the items of this rung.
bool has_money_elsewhere(db::transaction &tx, const run_pass &pass, const registered_pipeline &p,
                         const registered_task &task, int rung) {
    if (rung > 0 || !p.config->has_fallback(*task.spec))
        return false;
    store::items items{tx};
    if (!may_be_sent_elsewhere(items, p, task, rung))
        return false;
    const auto &other = rung == fallback_rung ? *task.rungs.front() : *p.fallback;
    return !budget_hold(tx, pass, p, other.account);
}

/// Adds when a rung of a task may be sent next.
void look_ahead(db::transaction &tx, const run_pass &pass, const registered_pipeline &p, const registered_task &task,
                int rung, outlook &seen) {
    const auto &s = p.asked_on(task, rung);
    if (pass.accounts_of_unrecognised_jobs.contains(s.account.value))
        return; // waiting does not help: nothing is sent there before a person has spoken
    store::items items{tx};
    auto holds = holds_of(tx, s, task.id, rung);
    auto due = items.next_due(p.id, task.id, rung);
    if (rung == 0 || due)
        seen.needs_person = seen.needs_person || std::ranges::any_of(holds, &store::active_hold::needs_person);
    if (!holds.empty() && rung <= 0 && p.config->has_fallback(*task.spec) &&
        may_be_sent_elsewhere(items, p, task, rung))
        holds = rung == fallback_rung ? holds_of(tx, *task.rungs.front(), task.id, 0)
                                      : holds_of(tx, *p.fallback, task.id, fallback_rung);
    const auto held = held_for(holds);
    if (!held || !due)
        return;
    const auto spent = budget_hold(tx, pass, p, s.account);
    if (spent && !has_money_elsewhere(tx, pass, p, task, rung)) {
        seen.needs_person = seen.needs_person || spent->needs_person();
        return; // batches that end make room, and are waited for anyway
    }
    due = std::max(*due, held->count());
    if (!seen.next_due_ms || *due < *seen.next_due_ms)
        seen.next_due_ms = due;
}

/// What failed is fetched again; waiting for it helps only within the time that the run has.
void look_at_source(db::transaction &tx, const run_pass &pass, const registered_pipeline &p, outlook &seen) {
    const auto next = store::fetches{tx, p.id}.next_try();
    const auto left = pass.run.deadline ? *pass.run.deadline - std::chrono::steady_clock::now()
                                        : std::chrono::steady_clock::duration::max();
    if (next && *next < left && (!seen.next_due_ms || next->count() < *seen.next_due_ms))
        seen.next_due_ms = next->count();
}

outlook look_ahead(db::connection &c, const run_pass &pass) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    outlook seen;
    for (const auto &p : pass.pipelines) {
        const auto left = store::items{tx}.look_ahead(p.id);
        seen.open_batches += left.unfinished_batches;
        seen.claimable += left.claimable;
        seen.failed += left.failed;
        const auto unwritten = store::write_back_queue{tx}.look_ahead(p.id);
        seen.is_unwritten = seen.is_unwritten || (unwritten.is_due && !pass.first_problem);
        seen.stuck_writes += unwritten.stuck;
        if (left.is_due && !pass.first_problem)
            seen.next_due_ms = 0; // the next pass looks
        if (p.config->source.http && !pass.run.options.collect_only)
            look_at_source(tx, pass, p, seen);
        for (const auto &task : p.tasks)
            if (pass.run.options.task.empty() || pass.run.options.task == task.spec->definition.name)
                for (int rung = p.lowest_rung(task); rung < static_cast<int>(task.rungs.size()); ++rung)
                    look_ahead(tx, pass, p, task, rung, seen);
    }
    return seen;
}

awaitable<void> fold_counts(run_pass &pass) {
    auto work = [&](db::transaction &tx) {
        store::items{tx}.fold_counts();
        failpoint("fold.before_commit");
    };
    co_await write(pass.run, work);
}

/// What is wrong with one source is said at the end of the run: answers that are paid for do not wait for it.
awaitable<void> load_source(run_pass &pass, registered_pipeline &p) {
    p.is_unloaded = true;
    const load_choice choice{{}, pass.run.options.accept_changes, false, true};
    const bool loaded = co_await load_records(pass, p, choice);
    p.is_unloaded = false;
    if (loaded)
        co_return;
    pass.load_is_due = true;
    pass.note(p.config->name + ": another run is loading; this one has not looked for new records");
}

awaitable<void> load_sources(run_pass &pass, bool fetched) {
    for (auto &p : pass.pipelines)
        if (p.config->source.http.has_value() == fetched)
            co_await isolated(pass, p.config->name + ": its source cannot be loaded, so nothing is sent",
                              load_source(pass, p));
}

/// Batches that exist are served, and what can be sent is sent.
awaitable<void> move_items(run_pass &pass) {
    co_await settle_due_items(pass);
    co_await serve(pass);
    co_await settle_due_items(pass);
    if (!pass.run.options.collect_only)
        co_await submit(pass);
}

bool any_fetched(const run_pass &pass) {
    return !pass.run.options.collect_only &&
           std::ranges::any_of(pass.pipelines, [](const auto &p) { return p.config->source.http.has_value(); });
}

/// Whether there may be more to send than before.
bool any_read_since(const run_pass &pass, std::chrono::steady_clock::time_point then) {
    return std::ranges::any_of(pass.pipelines, [&](const auto &p) { return p.read_at && *p.read_at >= then; });
}

awaitable<void> go_through(run_pass &pass) {
    if (!pass.run.options.collect_only)
        co_await load_sources(pass, false);
    if (any_fetched(pass)) {
        // Another rule pack or filter decides about what was fetched before, too, and before any of it is sent.
        co_await load_sources(pass, true);
        co_await join(fetch_sources(pass), move_items(pass));
        const auto fetched_at = std::chrono::steady_clock::now();
        co_await load_sources(pass, true);
        if (any_read_since(pass, fetched_at)) {
            co_await settle_due_items(pass);
            co_await submit(pass);
        }
    } else {
        co_await move_items(pass);
    }
    co_await write_back(pass);
    co_await settle_forgotten(pass);
    co_await delete_remote_files(pass);
    co_await retain(pass);
    failpoint("run.before_release");
    co_await release_batches(pass);
    failpoint("run.after_release");
    co_await fold_counts(pass);
}

bool nothing_left(const run_pass &pass, const outlook &seen) {
    const bool may_claim =
        !pass.run.options.collect_only && (!pass.run.options.max || pass.run.claimed < *pass.run.options.max);
    const bool sampled = pass.run.options.sample.has_value();
    return !pass.load_is_due && !seen.is_unwritten && seen.open_batches == 0 &&
           (!seen.next_due_ms || !may_claim || (sampled && !pass.progressed && !pass.first_problem));
}

/// The pass met something that only a person can put right: trying again would end the same.
bool waits_for_person(const run_pass &pass) {
    if (!pass.first_problem)
        return pass.is_needing_person;
    const auto code = code_of_problem(pass.first_problem);
    return code == exit_code::usage || code == exit_code::needs_person;
}

/// What is left stands still until somebody has done something: batches that end by themselves are waited for.
bool waits_for_nobody_else(const run_pass &pass, const outlook &seen) {
    return waits_for_person(pass) && seen.open_batches == seen.stuck_batches;
}

awaitable<outlook> look_ahead(run_pass &pass) {
    auto work = [&](db::connection &c) { return look_ahead(c, pass); };
    auto seen = co_await pass.run.db.run(work);
    seen.stuck_batches = static_cast<std::int64_t>(pass.stuck.size());
    co_return seen;
}

awaitable<outlook> passes(session &s) {
    auto &run = s.run();
    milliseconds interval{0};
    for (;;) {
        auto &pass = s.begin_pass();
        co_await go_through(pass);
        if (run.is_late())
            pass.keep_problem_of_before();
        pass.forget_problem_of_before();
        const auto seen = co_await look_ahead(pass);
        if (!run.options.wait || nothing_left(pass, seen) || waits_for_nobody_else(pass, seen))
            co_return seen;
        interval = next_pause(interval, pass.progressed, run.options.poll);
        if (seen.open_batches == 0 && seen.next_due_ms && !pass.first_problem)
            interval = std::clamp<milliseconds>(milliseconds{*seen.next_due_ms}, milliseconds{20}, run.options.poll);
        pass.say_problem();
        run.report({"wait", {}, 0, seen.open_batches, {}});
        co_await pause(run.io, interval);
    }
}

void sum_up(run_pass &pass, const outlook &seen) {
    auto &summary = pass.run.summary;
    summary.in_flight = seen.open_batches;
    summary.claimable = seen.claimable;
    summary.first_due = milliseconds{seen.next_due_ms.value_or(0)};
    summary.failed = seen.failed;
    summary.stuck_writes = seen.stuck_writes;
    summary.needs_person = pass.is_needing_person || seen.needs_person;
}

awaitable<void> run_all(session &s, const std::vector<config::pipeline> &pipelines) {
    co_await sync(s.registering(), pipelines);
    if (s.registering().pipelines.empty())
        co_return;
    co_await begin_runner(s.registering());
    failpoint("run.after_begin");
    sweep_spool(s.run().settings.spool());
    const auto seen = co_await passes(s);
    sum_up(s.pass(), seen);
}

/// What a pass that was ended by --timeout has not come to.
awaitable<void> conclude(run_pass &pass) {
    pass.run.summary.timed_out = true;
    pass.keep_problem_of_before();
    for (const auto &p : pass.pipelines)
        if (!pass.first_problem && !p.failing.empty())
            pass.first_problem = std::make_exception_ptr(
                unavailable{p.config->name + ": the provider could not be reached: " + p.failing});
    log::info("the time given by --timeout is over; what is in flight is collected by the next run");
    co_await release_batches(pass);
    co_await fold_counts(pass);
    const auto seen = co_await look_ahead(pass);
    sum_up(pass, seen);
}

} // namespace

run_summary run(const config::settings &settings, const std::vector<config::pipeline> &pipelines,
                const run_options &options, const progress_sink &report) {
    session s{settings, options, report};
    auto &deadline = s.run().deadline;
    if (options.timeout.count() > 0)
        deadline = std::chrono::steady_clock::now() + options.timeout;
    const bool in_time = s.execute(run_all(s, pipelines));
    if (!in_time && s.run().runner.value != 0) {
        deadline.reset();
        s.execute(conclude(s.pass()));
    }
    auto summary = s.run().summary;
    summary.collected_only = options.collect_only;
    std::ranges::copy(s.pass().notes(), std::back_inserter(summary.notes));
    try {
        if (const auto problem = worse_problem(s.pass().first_problem, s.registering().first_problem))
            rethrow_problem(problem);
    } catch (...) {
        summary.problem = std::current_exception();
    }
    return summary;
}

run_summary load(const config::settings &settings, const config::pipeline &p, const load_choice &choice,
                 const progress_sink &report) {
    const run_options options;
    session s{settings, options, report};
    const std::vector<config::pipeline> one{p};
    auto &pass = s.pass();
    const auto work = [&]() -> awaitable<void> {
        co_await sync(pass, one);
        if (p.source.http) {
            co_await begin_runner(pass);
            co_await isolated(pass, p.name,
                              fetch_source(pass, pass.pipelines.only(), std::chrono::steady_clock::time_point::max()));
        }
        co_await load_records(pass, pass.pipelines.only(), choice, long_lock_wait);
        co_await fold_counts(pass);
    };
    s.execute(work());
    auto summary = s.run().summary;
    std::ranges::copy(pass.notes(), std::back_inserter(summary.notes));
    return summary;
}

} // namespace smelt::orchestrator
