#include "smelt/orchestrator/run.hpp"

#include "context.hpp"
#include "holds.hpp"
#include "lifecycle.hpp"
#include "orchestrator/submit/spool_file.hpp"
#include "session.hpp"
#include "steps.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/runners.hpp"

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
    bool needs_person = false;               ///< a hold that ends only when somebody has done something
};

/// How long holds keep a task from submitting; empty when only `smelt resume` lifts one of them.
std::optional<milliseconds> held_for(const std::vector<store::active_hold> &holds) {
    milliseconds longest{0};
    for (const auto &hold : holds) {
        if (!hold.remaining)
            return std::nullopt;
        longest = std::max(longest, *hold.remaining);
    }
    return longest;
}

outlook look_ahead(db::connection &c, const context &ctx) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    outlook seen;
    for (const auto &p : ctx.pipelines) {
        const auto left = store::items{tx}.look_ahead(p.id);
        seen.open_batches += left.unfinished_batches;
        seen.claimable += left.claimable;
        seen.failed += left.failed;
        if (ctx.accounts_of_unknown_jobs.contains(p.main.account.value))
            continue; // waiting does not help: nothing is sent there before a person has spoken
        for (const auto &task : p.tasks) {
            if (!ctx.options.task.empty() && ctx.options.task != task.spec->definition.name)
                continue;
            auto holds = holds_of(tx, p.main, task.id);
            seen.needs_person = seen.needs_person || std::ranges::any_of(holds, &store::active_hold::needs_person);
            if (!holds.empty() && p.fallback &&
                store::items{tx}.claimable_up_to(p.id, task.id, p.config->fallback->below) < p.config->fallback->below)
                holds = holds_of(tx, *p.fallback, task.id);
            const auto held = held_for(holds);
            auto due = store::items{tx}.next_due(p.id, task.id);
            if (!held || !due)
                continue;
            due = std::max(*due, held->count());
            if (!seen.next_due_ms || *due < *seen.next_due_ms)
                seen.next_due_ms = due;
        }
    }
    return seen;
}

awaitable<void> fold_counts(context &ctx) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::items{tx}.fold_counts();
        failpoint("fold.before_commit");
        tx.commit();
    };
    co_await ctx.db.run(work);
}

awaitable<std::vector<store::batch_row>> take_batches(context &ctx) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        end_dead_runners(tx, this_process());
        auto rows = store::batches{tx}.take(ctx.runner, ctx.pipeline_ids());
        failpoint("take.before_commit");
        tx.commit();
        failpoint("take.after_commit");
        return rows;
    };
    co_return co_await ctx.db.run(work);
}

/// What is wrong with one source is said at the end of the run: answers that are paid for do not wait for it.
awaitable<void> load_source(context &ctx, registered_pipeline &p) {
    p.is_unloaded = true;
    const bool loaded = co_await load_records(ctx, p, {}, ctx.options.accept_changes);
    p.is_unloaded = false;
    if (loaded)
        co_return;
    ctx.load_is_due = true;
    ctx.note(p.config->name + ": another run is loading; this one has not looked for new records");
}

awaitable<void> pass(context &ctx) {
    ctx.begin_pass();
    if (ctx.options.load)
        for (auto &p : ctx.pipelines)
            co_await isolated(ctx, p.config->name + ": its source cannot be loaded, so nothing is sent",
                              load_source(ctx, p));
    co_await serve(ctx);
    co_await submit(ctx);
    co_await delete_remote_files(ctx);
    failpoint("run.before_release");
    co_await release_batches(ctx);
    failpoint("run.after_release");
    co_await fold_counts(ctx);
}

bool nothing_left(const context &ctx, const outlook &seen) {
    const bool may_claim = !ctx.options.max || ctx.claimed < *ctx.options.max;
    const bool sampled = ctx.options.sample.has_value();
    return !ctx.load_is_due && seen.open_batches == 0 &&
           (!seen.next_due_ms || !may_claim || (sampled && !ctx.progressed && !ctx.first_problem));
}

/// The pass met something that only a person can put right: trying again would end the same.
bool waits_for_person(const context &ctx) {
    if (!ctx.first_problem)
        return ctx.summary.needs_person;
    const auto code = code_of_problem(ctx.first_problem);
    return code == exit_code::usage || code == exit_code::needs_person;
}

/// What is left stands still until somebody has done something: batches that end by themselves are waited for.
bool waits_for_nobody_else(const context &ctx, const outlook &seen) {
    return waits_for_person(ctx) && seen.open_batches == seen.stuck_batches;
}

awaitable<outlook> look_ahead(context &ctx) {
    auto work = [&](db::connection &c) { return look_ahead(c, ctx); };
    auto seen = co_await ctx.db.run(work);
    seen.stuck_batches = static_cast<std::int64_t>(ctx.stuck.size());
    co_return seen;
}

/// A pass in which the time ran out has not tried what failed before.
void keep_problem(context &ctx) {
    if (!ctx.progressed)
        ctx.first_problem = worse_problem(ctx.first_problem, ctx.problem_before);
}

awaitable<outlook> passes(context &ctx) {
    milliseconds interval{0};
    for (;;) {
        co_await pass(ctx);
        if (ctx.is_late())
            keep_problem(ctx);
        ctx.problem_before = nullptr;
        const auto seen = co_await look_ahead(ctx);
        if (!ctx.options.wait || nothing_left(ctx, seen) || waits_for_nobody_else(ctx, seen))
            co_return seen;
        interval = next_pause(interval, ctx.progressed, ctx.options.poll);
        if (seen.open_batches == 0 && seen.next_due_ms && !ctx.first_problem)
            interval = std::clamp<milliseconds>(milliseconds{*seen.next_due_ms}, milliseconds{20}, ctx.options.poll);
        ctx.say_problem();
        ctx.report({"wait", {}, 0, seen.open_batches, {}});
        co_await pause(ctx, interval);
    }
}

void sum_up(context &ctx, const outlook &seen) {
    ctx.summary.in_flight = seen.open_batches;
    ctx.summary.claimable = seen.claimable;
    ctx.summary.first_due = milliseconds{seen.next_due_ms.value_or(0)};
    ctx.summary.failed = seen.failed;
    ctx.summary.needs_person = ctx.summary.needs_person || seen.needs_person;
}

awaitable<void> run_all(context &ctx, const std::vector<config::pipeline> &pipelines) {
    co_await sync(ctx, pipelines);
    if (ctx.pipelines.empty())
        co_return;
    co_await begin_runner(ctx);
    failpoint("run.after_begin");
    sweep_spool(ctx.settings.spool());
    const auto seen = co_await passes(ctx);
    sum_up(ctx, seen);
}

/// What a pass that was ended by --timeout has not come to.
awaitable<void> conclude(context &ctx) {
    ctx.summary.timed_out = true;
    keep_problem(ctx);
    for (const auto &p : ctx.pipelines)
        if (!ctx.first_problem && !p.failing.empty())
            ctx.first_problem = std::make_exception_ptr(
                unavailable{p.config->name + ": the provider could not be reached: " + p.failing});
    log::info("the time given by --timeout is over; what is in flight is collected by the next run");
    co_await release_batches(ctx);
    co_await fold_counts(ctx);
    const auto seen = co_await look_ahead(ctx);
    sum_up(ctx, seen);
}

} // namespace

awaitable<void> serve(context &ctx) {
    auto batches = co_await take_batches(ctx);
    co_await recover(ctx, batches);
    co_await poll(ctx, batches);
    co_await collect(ctx);
}

run_summary run(const config::settings &settings, const std::vector<config::pipeline> &pipelines,
                const run_options &options, const progress_sink &report) {
    session s{settings, options, report};
    if (options.timeout.count() > 0)
        s.ctx().deadline = std::chrono::steady_clock::now() + options.timeout;
    const bool in_time = s.execute(run_all(s.ctx(), pipelines));
    if (!in_time && s.ctx().runner.value != 0) {
        s.ctx().deadline.reset();
        s.execute(conclude(s.ctx()));
    }
    auto summary = s.ctx().summary;
    try {
        if (const auto problem = worse_problem(s.ctx().first_problem, s.ctx().sync_problem))
            rethrow_problem(problem);
    } catch (...) {
        summary.problem = std::current_exception();
    }
    return summary;
}

run_summary load(const config::settings &settings, const config::pipeline &p, const std::vector<std::string> &files,
                 bool accept_changes, const progress_sink &report) {
    const run_options options;
    session s{settings, options, report};
    const std::vector<config::pipeline> one{p};
    auto &ctx = s.ctx();
    const auto work = [&]() -> awaitable<void> {
        co_await sync(ctx, one);
        co_await load_records(ctx, ctx.pipelines.front(), files, accept_changes, long_lock_wait);
        co_await fold_counts(ctx);
    };
    s.execute(work());
    return ctx.summary;
}

} // namespace smelt::orchestrator
