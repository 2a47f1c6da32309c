#include "build.hpp"
#include "steps.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/hash.hpp"
#include "smelt/core/log.hpp"
#include "smelt/core/text.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/results.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Batches built and sent at once: one renders while another uploads.
constexpr std::size_t submits_at_once = 2;

struct claimed_batch {
    store::batch_row row;
    std::int64_t claimed = 0;
    std::vector<std::string> holds;
    bool no_room = false;
};

batch_limits limits_of(const registered_pipeline &p, const registered_task &task, const provider::capabilities &can) {
    batch_limits limits;
    limits.requests = std::min(p.config->limits.requests_per_batch, can.max_requests);
    if (task.batch_limit)
        limits.requests = std::min(limits.requests, *task.batch_limit);
    limits.bytes = std::min(p.config->limits.bytes_per_batch, can.max_bytes);
    limits.tokens = p.config->limits.tokens_per_batch;
    return limits;
}

/// The intent: a batch row with a fresh nonce and its items, committed before the outside world is touched.
claimed_batch claim(db::connection &c, const registered_pipeline &p, const registered_task &task,
                    const std::string &model, const context &ctx, std::int64_t limit) {
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
    claimed_batch claimed;
    claimed.holds = store::holds{tx}.active(task.id, p.account);
    if (!claimed.holds.empty())
        return claimed;
    // Most passes end here; a batch row for nothing would only waste a number.
    if (const auto due = store::items{tx}.next_due(p.id, task.id); !due || *due > 0)
        return claimed;
    store::batches table{tx};
    if (table.lock_account(p.account) >= p.config->limits.open_batches) {
        claimed.no_room = true;
        return claimed;
    }
    auto &b = claimed.row;
    b.nonce = random_nonce();
    b.model = model;
    const auto lock =
        table.begin({p.id, task.id, task.version, p.account, ctx.runner, b.nonce, b.model, ctx.options.name});
    b.id = lock.batch;
    b.epoch = lock.epoch;
    b.pipeline = p.id;
    b.task = task.id;
    b.version = task.version;
    b.account = p.account;
    claimed.claimed = store::items{tx}.claim(p.id, task.id, b.id, limit, task.sample);
    if (claimed.claimed > 0)
        tx.commit();
    return claimed;
}

awaitable<void> abandon(context &ctx, const store::batch_row &b, std::string why) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches{tx}.abandon(b.lock(), why);
        tx.commit();
    };
    co_await ctx.db.run(work);
    log::info("batch {}: {}", b.id.value, why);
}

awaitable<void> hold(context &ctx, const registered_pipeline &p, const registered_task *task, std::string kind,
                     std::string reason, std::optional<milliseconds> how_long) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::holds{tx}.place(p.id, task ? std::optional{task->id} : std::nullopt,
                               task ? std::nullopt : std::optional{p.account}, kind, reason, how_long);
        tx.commit();
    };
    co_await ctx.db.run(work);
    ctx.note(fmt::format("{}: on hold{}: {}", p.config->name,
                         how_long ? " for " + format_duration(*how_long) : std::string{}, reason));
}

/// Renders into the spool file and writes down what will be sent. Returns how many requests that is.
awaitable<std::int64_t> build_batch(context &ctx, registered_pipeline &p, const registered_task &task,
                                    store::batch_row &b, const provider::line_encoder &encoder, spool_file &spool) {
    const auto limits = limits_of(p, task, ctx.api_of(p).can());
    auto work = [&](db::connection &c) {
        db::transaction tx{
            c, {.read_only = false, .durable = false, .bounds = {.statement = {}, .idle = std::chrono::minutes{30}}}};
        auto built = build(tx, b, task, encoder, limits, spool);
        store::batches{tx}.built(b.lock(),
                                 built.sent + static_cast<std::int64_t>(built.given_back.size() + built.unsent.size()),
                                 built.sent, built.bytes / 4);
        store::items{tx}.give_back(b.pipeline, b.task, b.id, built.given_back);
        store::results{tx}.record_unsent(b, built.unsent);
        tx.commit();
        return built;
    };
    const auto built = co_await ctx.db.run(work);
    ctx.claimed -= static_cast<std::int64_t>(built.given_back.size());
    b.sent = built.sent;
    co_return built.sent;
}

awaitable<void> set_submitting(context &ctx, const store::batch_row &b, std::string input_file, milliseconds window) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches{tx}.submitting(b.lock(), input_file, window);
        tx.commit();
    };
    co_await ctx.db.run(work);
}

awaitable<void> set_opened(context &ctx, const store::batch_row &b, const provider::remote_batch &job) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches{tx}.opened(b.lock(), job.id, {job.word, {}, {}, {}, {}, {}});
        tx.commit();
    };
    co_await ctx.db.run(work);
    ++ctx.summary.batches_submitted;
    ctx.summary.requests_submitted += b.sent;
    ctx.report({"submit", ctx.pipeline_of(b).config->name, ctx.summary.requests_submitted, 0, {}});
    log::info("batch {}: {} requests sent as {}", b.id.value, b.sent, job.id);
}

awaitable<void> set_unknown(context &ctx, const store::batch_row &b, std::string why) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches{tx}.unknown(b.lock(), why);
        tx.commit();
    };
    co_await ctx.db.run(work);
    ctx.note(fmt::format(
        "batch {}: the answer to its creation is not known ({}); it is looked for before anything is sent again",
        b.id.value, why));
}

awaitable<void> refused(context &ctx, registered_pipeline &p, const registered_task &task, const store::batch_row &b,
                        const provider::create_result &result) {
    const auto why = fmt::format("the provider refused the batch: HTTP {} {}{}", result.status,
                                 result.code.empty() ? std::string{} : result.code + ": ", result.message);
    co_await abandon(ctx, b, why);
    ctx.quiet_accounts.insert(p.account.value);
    if (result.busy) {
        co_await hold(ctx, p, nullptr, "queue_full", why,
                      result.retry_after.value_or(p.config->timing.queue_full_hold));
        co_return;
    }
    const bool account = result.status == 401 || result.status == 402 || result.status == 403 || result.status == 429;
    co_await hold(ctx, p, account ? nullptr : &task, "refused", why, std::nullopt);
    ctx.problem(std::make_exception_ptr(usage_error{p.config->name + ": " + why,
                                                    "mend it, then run `smelt resume " + p.config->name + "`"}),
                p.config->name);
}

/// The create itself: state submitting is committed with its window first, and the socket is closed when the window is
/// over.
awaitable<void> create(context &ctx, registered_pipeline &p, const registered_task &task, const store::batch_row &b,
                       const std::string &input_file) {
    const auto window = p.config->timing.send_window;
    provider::create_request request;
    request.input_file = input_file;
    request.endpoint = task.ready->task.definition().endpoint;
    request.nonce = b.nonce;
    request.installation = ctx.installation;
    request.name = ctx.options.name;
    // Taken before the database's clock is read for send_until, so this side's deadline is never the later one.
    request.deadline = std::chrono::steady_clock::now() + window;
    co_await set_submitting(ctx, b, input_file, window);
    const auto result = co_await ctx.api_of(p).create(request);
    switch (result.what) {
    case provider::create_result::meaning::created:
        co_await set_opened(ctx, b, result.batch);
        break;
    case provider::create_result::meaning::not_sent:
        co_await abandon(ctx, b, "the provider could not be reached; nothing was sent: " + result.message);
        ctx.quiet_accounts.insert(p.account.value);
        ctx.problem(std::make_exception_ptr(
                        unavailable{p.config->name + ": the provider could not be reached: " + result.message}),
                    p.config->name);
        break;
    case provider::create_result::meaning::refused:
        co_await refused(ctx, p, task, b, result);
        break;
    case provider::create_result::meaning::unknown:
        co_await set_unknown(ctx, b, result.message);
        ctx.quiet_accounts.insert(p.account.value);
        break;
    }
}

/// Everything up to the create can be undone: the items go back and nothing is spent.
awaitable<void> send(context &ctx, registered_pipeline &p, const registered_task &task, store::batch_row b) {
    std::exception_ptr failure;
    std::string why;
    try {
        auto &api = ctx.api_of(p);
        const auto encoder = api.encoder(expanded(task.ready->task.definition(), *p.config));
        std::string input_file;
        {
            spool_file spool{ctx.settings.spool(), b.nonce};
            if (co_await build_batch(ctx, p, task, b, *encoder, spool) > 0)
                input_file = co_await api.upload(spool.path(), "smelt-" + b.nonce + ".jsonl");
        }
        if (input_file.empty())
            why = "none of its items could be sent";
        else
            co_await create(ctx, p, task, b, input_file);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const http::transport_error &e) {
        failure =
            std::make_exception_ptr(unavailable{p.config->name + ": the provider could not be reached: " + e.what()});
        why = std::string{"the upload failed: "} + e.what();
    } catch (const provider::provider_error &e) {
        const auto text = fmt::format("the upload was refused: HTTP {}: {}", e.status(), e.what());
        failure = std::make_exception_ptr(unavailable{p.config->name + ": " + text});
        why = text;
    } catch (const error &e) {
        failure = std::current_exception();
        why = e.what();
    }
    if (!why.empty())
        co_await abandon(ctx, b, why);
    if (failure) {
        ctx.quiet_accounts.insert(p.account.value);
        ctx.problem(failure, p.config->name);
    }
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

/// Claims and sends one batch. False when this task has nothing more to send in this pass.
awaitable<bool> submit_one(context &ctx, registered_pipeline &p, registered_task &task) {
    if (ctx.quiet_accounts.contains(p.account.value))
        co_return false;
    auto limit = limits_of(p, task, ctx.api_of(p).can()).requests;
    if (ctx.options.max)
        limit = std::min(limit, *ctx.options.max - ctx.claimed);
    if (limit <= 0)
        co_return false;
    ctx.claimed += limit;
    const auto model = expanded(task.ready->task.definition(), *p.config).model;
    auto work = [&](db::connection &c) { return claim(c, p, task, model, ctx, limit); };
    auto claimed = co_await ctx.db.run(work);
    ctx.claimed -= limit - claimed.claimed;
    for (const auto &reason : claimed.holds)
        ctx.note(fmt::format("{}: task {} is on hold: {}", p.config->name, task.spec->definition.name, reason));
    if (claimed.no_room)
        ctx.note(fmt::format("{}: {} batches are open, the limit; more go out when one of them ends", p.config->name,
                             p.config->limits.open_batches));
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
    if (!co_await has_claimable(ctx, p, task))
        co_return;
    co_await choose_sample(ctx, p, task);
    co_await check_fields(ctx, p, task);
    bool more = true;
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        while (more)
            if (!co_await submit_one(ctx, p, task))
                more = false;
    };
    co_await for_each(submits_at_once, submits_at_once, worker);
}

} // namespace

awaitable<void> submit(context &ctx) {
    ctx.quiet_accounts.clear();
    for (auto &p : ctx.pipelines) {
        std::vector<registered_task *> order;
        for (auto &task : p.tasks)
            if (ctx.options.task.empty() || ctx.options.task == task.spec->definition.name)
                order.push_back(&task);
        std::ranges::stable_sort(order, {}, [](const registered_task *t) { return t->spec->priority; });
        for (auto *task : order)
            co_await submit_task(ctx, p, *task);
    }
}

} // namespace smelt::orchestrator
