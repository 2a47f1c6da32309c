#include "claim.hpp"
#include "fields.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/steps.hpp"
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

awaitable<void> check_fields_once(context &ctx, registered_pipeline &p) {
    if (p.fields_checked)
        co_return;
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        check_fields(tx, p);
    };
    co_await ctx.db.run(work);
    p.fields_checked = true;
}

void note_holds(context &ctx, const registered_pipeline &p, const registered_task &task,
                const std::vector<store::active_hold> &holds) {
    for (const auto &hold : holds)
        if (!ctx.new_holds.contains(hold.reason))
            ctx.note(fmt::format("{}: task {} is on hold{}: {}", p.config->name, task.spec->definition.name,
                                 hold.remaining ? " for " + format_duration(*hold.remaining)
                                                : " until `smelt resume " + p.config->name + "`",
                                 hold.reason));
}

void note_why_not(context &ctx, const registered_pipeline &p, const registered_task &task,
                  const claimed_batch &claimed) {
    note_holds(ctx, p, task, claimed.holds);
    if (claimed.no_room)
        ctx.note(fmt::format("{}: {} batches are open, the limit; more go out when one of them ends", p.config->name,
                             p.config->limits.open_batches));
    if (claimed.no_tokens)
        ctx.note(
            fmt::format("{}: the unfinished batches of {} have reserved what limits.enqueued_tokens allows; more go "
                        "out when one of them ends",
                        p.config->name, claimed.row.model));
    if (claimed.waits_for_first)
        ctx.note(fmt::format("{}: task {} waits for the answers of its first batch (limits.first_batch: {})",
                             p.config->name, task.spec->definition.name, p.config->limits.first_batch));
}

/// The fallback when so few items could be sent that they are not worth a batch, and it is not out of order.
awaitable<service *> choose_service(context &ctx, registered_pipeline &p, const registered_task &task) {
    if (!p.fallback)
        co_return &p.main;
    const auto below = p.config->fallback->below;
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::items{tx}.claimable_up_to(p.id, task.id, below) < below &&
               holds_of(tx, *p.fallback, task.id).empty();
    };
    const bool few = co_await ctx.db.run(work);
    co_return few && !ctx.paused_accounts.contains(p.fallback->account.value) ? &*p.fallback : &p.main;
}

awaitable<bool> is_held(context &ctx, const registered_pipeline &p, const service &s, const registered_task &task) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return holds_of(tx, s, task.id);
    };
    const auto holds = co_await ctx.db.run(work);
    note_holds(ctx, p, task, holds);
    co_return !holds.empty();
}

/// Claims and sends one batch. False when this task has nothing more to send in this pass.
awaitable<bool> submit_one(context &ctx, registered_pipeline &p, registered_task &task) {
    auto &s = *co_await choose_service(ctx, p, task);
    if (ctx.stopping || ctx.is_late() || ctx.paused_accounts.contains(s.account.value))
        co_return false;
    auto limit = limits_of(p, task, ctx.api_of(p, s).capabilities()).requests;
    if (&s != &p.main)
        limit = std::min(limit, p.config->fallback->below);
    if (ctx.options.max)
        limit = std::min(limit, *ctx.options.max - ctx.claimed);
    if (limit <= 0)
        co_return false;
    ctx.claimed += limit;
    const auto model = expanded(task.ready->task.definition(), *p.config).model;
    auto work = [&](db::connection &c) { return claim(c, p, s, task, model, ctx, limit); };
    auto claimed = co_await ctx.db.run(work);
    ctx.claimed -= limit - claimed.claimed;
    note_why_not(ctx, p, task, claimed);
    if (claimed.tripped)
        co_await place_hold(ctx, p, s.account, task.id, "circuit_breaker", *claimed.tripped, std::nullopt);
    if (claimed.claimed == 0)
        co_return false;
    co_await send(ctx, p, task, std::move(claimed.row));
    co_return true;
}

awaitable<bool> has_claimable(context &ctx, const registered_pipeline &p, const registered_task &task) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::items{tx}.next_due(p.id, task.id);
    };
    const auto due = co_await ctx.db.run(work);
    co_return due &&*due <= 0;
}

awaitable<void> choose_sample(context &ctx, const registered_pipeline &p, registered_task &task) {
    if (!ctx.options.sample || task.sample)
        co_return;
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::items{tx}.sample(p.id, task.id, *ctx.options.sample);
    };
    task.sample = co_await ctx.db.run(work);
}

awaitable<void> submit_task(context &ctx, registered_pipeline &p, registered_task &task) {
    if (!co_await has_claimable(ctx, p, task)) {
        // All that could hold the request at fault have run, or come back in one small group.
        if (task.batch_limit)
            co_await set_batch_limit(ctx, p, task.id, std::nullopt);
        co_return;
    }
    co_await check_fields_once(ctx, p);
    auto *s = co_await choose_service(ctx, p, task);
    ctx.api_of(p, *s);
    co_await use_key(ctx, p, *s);
    // A held account is not even asked what it has.
    if (co_await is_held(ctx, p, *s, task))
        co_return;
    encoder_for(ctx.api_of(p, *s), p, task); // what it refuses is said before anything is claimed
    co_await refuse_unrecognised_jobs(ctx, p);
    co_await choose_sample(ctx, p, task);
    // Each until it finds nothing: with a synchronous service, the other's batch leaves some to be sent again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        bool more = true;
        while (more)
            more = co_await submit_one(ctx, p, task);
    };
    // What is being built has reserved all that is left, until it is known how much it needs.
    const auto width = p.config->limits.enqueued_tokens > 0 ? 1 : submits_at_once;
    co_await for_each(width, width, worker);
}

awaitable<void> submit_pipeline(context &ctx, registered_pipeline &p) {
    std::vector<registered_task *> order;
    for (auto &task : p.tasks)
        if (ctx.options.task.empty() || ctx.options.task == task.spec->definition.name)
            order.push_back(&task);
    std::ranges::stable_sort(order, {}, [](const registered_task *t) { return t->spec->priority; });
    // Synchronous answers may be what another task has waited for.
    bool again = true;
    while (again) {
        const auto answers = ctx.summary.accepted;
        for (auto *task : order)
            co_await submit_task(ctx, p, *task);
        again = ctx.summary.accepted > answers && p.tasks.size() > 1;
    }
}

} // namespace

awaitable<void> submit(context &ctx) {
    ctx.paused_accounts.clear();
    ctx.accounts_of_unknown_jobs.clear();
    ctx.compared.clear();
    for (auto &p : ctx.pipelines)
        if (!p.is_unloaded)
            co_await isolated(ctx, p.config->name + ": nothing more is sent", submit_pipeline(ctx, p));
}

} // namespace smelt::orchestrator
