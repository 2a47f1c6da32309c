#include "brake.hpp"
#include "holds.hpp"
#include "listing.hpp"
#include "send.hpp"
#include "steps.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/failpoint.hpp"
#include "smelt/core/hash.hpp"
#include "smelt/core/text.hpp"
#include "smelt/store/answers.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"
#include "smelt/store/items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Batches built and sent at once: one renders while another uploads.
constexpr std::size_t submits_at_once = 2;

/// A batch of less than this part of limits.enqueued_tokens is not worth its calls while others are under way.
constexpr std::int64_t least_share = 10;

struct claimed_batch {
    store::batch_row row;
    std::int64_t claimed = 0;
    std::vector<store::active_hold> holds;
    bool no_room = false;
    bool no_tokens = false; ///< the batches under way have what limits.enqueued_tokens allows, or nearly so
    std::optional<std::string> braked;
    bool waits_for_first = false; ///< limits.first_batch: its answers are to come before more is sent
};

/// The intent: a batch row with a fresh nonce and its items, committed before the outside world is touched.
claimed_batch claim(db::connection &c, const registered_pipeline &p, const service &s, const registered_task &task,
                    const std::string &model, const context &ctx, std::int64_t limit) {
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
    claimed_batch claimed;
    store::batches table{tx};
    const auto under_way = lock_accounts(tx, p, s.account);
    // Another run may have claimed the rest; a batch row for nothing would only waste a number.
    if (!store::items{tx}.any_claimable(p.id, task.id))
        return claimed;
    // Looked for under the lock that place_hold takes, too: what a refused batch gives back is not claimed past its
    // hold.
    claimed.holds = store::holds{tx}.active(task.id, s.account);
    if (!claimed.holds.empty())
        return claimed;
    claimed.braked = brake(tx, p, task);
    if (claimed.braked)
        return claimed;
    if (under_way >= p.config->limits.open_batches) {
        claimed.no_room = true;
        return claimed;
    }
    if (const auto enqueued = p.config->limits.enqueued_tokens; enqueued > 0) {
        const auto reserved = table.reserved_tokens(s.account, model);
        claimed.row.reserved_tokens = enqueued - reserved;
        claimed.no_tokens = reserved > 0 && claimed.row.reserved_tokens < enqueued / least_share;
        if (claimed.no_tokens)
            return claimed;
    }
    if (const auto first = p.config->limits.first_batch; first > 0) {
        const auto so_far = store::answers{tx}.progress(task.id, task.version);
        claimed.waits_for_first = so_far.answers < first && so_far.unfinished_batches > 0;
        if (claimed.waits_for_first)
            return claimed;
        if (so_far.answers < first)
            limit = std::min(limit, first);
    }
    auto &b = claimed.row;
    b.nonce = random_nonce();
    b.model = model;
    const auto lock = table.begin(
        {p.id, task.id, task.version, s.account, ctx.runner, b.nonce, b.model, ctx.options.name, b.reserved_tokens});
    b.id = lock.batch;
    b.epoch = lock.epoch;
    b.pipeline = p.id;
    b.task = task.id;
    b.version = task.version;
    b.account = s.account;
    claimed.claimed = store::items{tx}.claim(p.id, task.id, b.id, limit, task.sample);
    if (claimed.claimed == 0)
        return claimed;
    failpoint("claim.before_commit");
    tx.commit();
    failpoint("claim.after_commit");
    return claimed;
}

awaitable<void> check_fields(context &ctx, registered_pipeline &p, registered_task &task) {
    if (task.fields_checked)
        co_return;
    std::vector<std::string> names;
    for (const auto &field : task.ready->task.required_fields()) {
        const auto top = field.substr(0, field.find('.'));
        if (p.config->task(top) == nullptr)
            names.push_back(top);
    }
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::catalog{tx}.absent_fields(p.id, names);
    };
    const auto absent = co_await ctx.db.run(work);
    if (!absent.empty())
        throw file_error{p.config->file.string(), task.spec->line,
                         fmt::format("task {}: a template names {{{{{}}}}}, which no record has; nothing was sent",
                                     task.spec->definition.name, absent.front()),
                         "correct the name, or guard it with {{#field}} ... {{/field}} when it is optional"};
    task.fields_checked = true;
}

void note_holds(context &ctx, const registered_pipeline &p, const registered_task &task,
                const std::vector<store::active_hold> &holds) {
    for (const auto &hold : holds)
        ctx.note(fmt::format("{}: task {} is on hold{}: {}", p.config->name, task.spec->definition.name,
                             hold.remaining ? " for " + format_duration(*hold.remaining)
                                            : " until `smelt resume " + p.config->name + "`",
                             hold.reason));
}

/// The fallback when so few items could be sent that they are not worth a batch, and it is not out of order.
awaitable<service *> choose_service(context &ctx, registered_pipeline &p, const registered_task &task) {
    if (!p.fallback)
        co_return &p.main;
    const auto below = p.config->fallback->below;
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::items{tx}.claimable_up_to(p.id, task.id, below) < below &&
               store::holds{tx}.active(task.id, p.fallback->account).empty();
    };
    const bool few = co_await ctx.db.run(work);
    co_return few && !ctx.quiet_accounts.contains(p.fallback->account.value) ? &*p.fallback : &p.main;
}

awaitable<bool> is_held(context &ctx, const registered_pipeline &p, const service &s, const registered_task &task) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::holds{tx}.active(task.id, s.account);
    };
    const auto holds = co_await ctx.db.run(work);
    note_holds(ctx, p, task, holds);
    co_return !holds.empty();
}

/// Claims and sends one batch. False when this task has nothing more to send in this pass.
awaitable<bool> submit_one(context &ctx, registered_pipeline &p, registered_task &task) {
    auto &s = *co_await choose_service(ctx, p, task);
    if (ctx.stopping || ctx.is_late() || ctx.quiet_accounts.contains(s.account.value))
        co_return false;
    auto limit = limits_of(p, task, ctx.api_of(p, s).can()).requests;
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
    note_holds(ctx, p, task, claimed.holds);
    if (claimed.braked)
        co_await place_hold(ctx, p, s.account, task.id, "brake", *claimed.braked, std::nullopt);
    if (claimed.no_room)
        ctx.note(fmt::format("{}: {} batches are open, the limit; more go out when one of them ends", p.config->name,
                             p.config->limits.open_batches));
    if (claimed.no_tokens)
        ctx.note(
            fmt::format("{}: the unfinished batches of {} have reserved what limits.enqueued_tokens allows; more go "
                        "out when one of them ends",
                        p.config->name, model));
    if (claimed.waits_for_first)
        ctx.note(fmt::format("{}: task {} waits for the answers of its first batch (limits.first_batch: {})",
                             p.config->name, task.spec->definition.name, p.config->limits.first_batch));
    if (claimed.claimed == 0)
        co_return false;
    ctx.progressed = true;
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
    for (auto &any : p.tasks)
        co_await check_fields(ctx, p, any);
    // A held account is not even asked what it has.
    const auto *s = co_await choose_service(ctx, p, task);
    if (co_await is_held(ctx, p, *s, task))
        co_return;
    co_await refuse_strangers(ctx, p);
    co_await choose_sample(ctx, p, task);
    // Each until it finds nothing: where requests are answered at once, the other's batch leaves some to be sent again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        bool more = true;
        while (more)
            more = co_await submit_one(ctx, p, task);
    };
    // What is being built has reserved all that is left, until it is known how much it needs.
    const auto width = p.config->limits.enqueued_tokens > 0 ? 1 : submits_at_once;
    co_await for_each(width, width, worker);
}

} // namespace

awaitable<void> submit(context &ctx) {
    ctx.quiet_accounts.clear();
    ctx.compared_pipelines.clear();
    for (auto &p : ctx.pipelines) {
        std::vector<registered_task *> order;
        for (auto &task : p.tasks)
            if (ctx.options.task.empty() || ctx.options.task == task.spec->definition.name)
                order.push_back(&task);
        std::ranges::stable_sort(order, {}, [](const registered_task *t) { return t->spec->priority; });
        // Answers that come at once may be what another task has waited for.
        bool again = true;
        while (again) {
            const auto answers = ctx.summary.accepted;
            for (auto *task : order)
                co_await submit_task(ctx, p, *task);
            again = ctx.summary.accepted > answers && p.tasks.size() > 1;
        }
    }
}

} // namespace smelt::orchestrator
