#include "send.hpp"

#include "orchestrator/batch_write.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/refused_batch.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/synchronous/synchronous.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/results.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
batch_limits limits_of(const registered_pipeline &p, const registered_task &task,
                       const provider::service_capabilities &offered) {
    batch_limits limits;
    limits.requests = std::min(p.config->limits.requests_per_batch, offered.max_requests);
    if (task.batch_limit)
        limits.requests = std::min(limits.requests, *task.batch_limit);
    limits.bytes = std::min(p.config->limits.bytes_per_batch, offered.max_bytes);
    limits.tokens = p.config->limits.tokens_per_batch;
    if (const auto enqueued = p.config->limits.enqueued_tokens; enqueued > 0)
        limits.tokens = limits.tokens == 0 ? enqueued : std::min(limits.tokens, enqueued);
    limits.in_order = offered.synchronous();
    return limits;
}

namespace {

/// Renders into the spool file and writes down what will be sent.
awaitable<built_batch> build_batch(context &ctx, registered_pipeline &p, const registered_task &task,
                                   store::batch_row &b, encoders &ready, spool_file &spool) {
    auto limits = limits_of(p, task, ctx.api_of(b).capabilities());
    limits.room = b.reserved_tokens;
    auto work = [&](db::connection &c) {
        db::transaction tx{
            c, {.read_only = false, .durable = false, .bounds = {.statement = {}, .idle = std::chrono::minutes{30}}}};
        auto built = build(tx, b, task, ready, limits, spool);
        failpoint("build.after_render");
        store::batches{tx}.built(b.current_fence(), b.claimed, built.sent, built.bytes / bytes_per_token,
                                 built.replaces);
        store::items{tx}.requeue(b.pipeline, b.task, b.id, built.requeued);
        store::results{tx}.record_unsent(b, built.unsent);
        failpoint("build.before_commit");
        tx.commit();
        failpoint("build.after_commit");
        return built;
    };
    const auto built = co_await ctx.db.run(work);
    ctx.claimed -= static_cast<std::int64_t>(built.requeued.size());
    if (built.sent == 0 && !built.requeued.empty())
        ctx.paused_accounts.insert(b.account.value); // there is no room even for one
    b.sent = built.sent;
    co_return built;
}

awaitable<void> set_submitting(context &ctx, const store::batch_row &b, std::string input_file, milliseconds window) {
    const batch_change change = [&](store::batches &t) {
        t.submitting(b.current_fence(), input_file, window, ctx.service_of(b).key_fingerprint);
    };
    co_await write_batch(ctx, change, {"submit.before_intent", "submit.after_intent"}, true);
}

awaitable<void> set_opened(context &ctx, const store::batch_row &b, const provider::remote_batch &job) {
    const batch_change change = [&](store::batches &t) { t.opened(b.current_fence(), job.id, ctx.view_of(b, job)); };
    co_await write_batch(ctx, change, {"submit.before_open", "submit.after_open"}, true);
    ++ctx.summary.batches_submitted;
    ctx.summary.requests_submitted += b.sent;
    ctx.report({"submit", ctx.pipeline_of(b).config->name, ctx.summary.requests_submitted, 0, {}});
    log::info("batch {}: {} requests sent as {}", b.id.value, b.sent, job.id);
}

awaitable<void> set_unknown(context &ctx, const store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.unknown(b.current_fence(), why); };
    co_await write_batch(ctx, change, {"submit.before_unknown", "submit.after_unknown"}, true);
    ctx.note(fmt::format(
        "batch {}: the answer to its creation is not known ({}); it is looked for before anything is sent again",
        b.id.value, why));
}

/// The provider made no job of it, so its input file is of no use either.
awaitable<void> abandon_with_file(context &ctx, const store::batch_row &b, std::string why) {
    co_await abandon(ctx, b, std::move(why));
    if (b.input_file.empty())
        co_return;
    const std::vector<std::string> files{b.input_file};
    const auto whose = "batch " + std::to_string(b.id.value);
    auto step = delete_files(ctx, ctx.api_of(b), b.id, files);
    co_await delete_or_later(whose, std::move(step));
}

/// What the provider's answer to a create means for the batch.
awaitable<void> take_answer(context &ctx, registered_pipeline &p, const registered_task &task,
                            const store::batch_row &b, const provider::create_result &result) {
    switch (result.outcome) {
    case provider::create_outcome::created:
        co_await set_opened(ctx, b, result.batch);
        break;
    case provider::create_outcome::not_sent:
    case provider::create_outcome::refused:
        // The hold comes before the items are requeued, so that nobody claims them in between.
        co_await hold_refused(ctx, p, task, b, result);
        co_await abandon_with_file(ctx, b, sentence_of(result));
        break;
    case provider::create_outcome::unknown:
        ctx.paused_accounts.insert(b.account.value);
        co_await set_unknown(ctx, b, result.message);
        break;
    }
}

/// The create itself. From here on the batch may exist at the provider: whatever fails, it stays `submitting` and the
/// next run looks for it.
awaitable<void> create(context &ctx, registered_pipeline &p, const registered_task &task, const store::batch_row &b,
                       const provider::create_request &request) {
    try {
        const auto result = co_await ctx.api_of(b).create(request);
        failpoint("submit.after_create");
        co_await take_answer(ctx, p, task, b, result);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const error &) {
        ctx.paused_accounts.insert(b.account.value);
        ctx.problem(std::current_exception(),
                    fmt::format("batch {}: what became of its creation could not be stored; the next run looks for it "
                                "before anything is sent again",
                                b.id.value));
    }
}

/// What is under way when this fails may have been answered; the next run accounts for it.
awaitable<void> send_synchronous(context &ctx, registered_pipeline &p, const registered_task &task,
                                 const store::batch_row &b, const std::filesystem::path &spool) {
    try {
        co_await answer_batch(ctx, p, task, b, spool);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const error &) {
        ctx.paused_accounts.insert(b.account.value);
        ctx.problem(std::current_exception(), fmt::format("batch {}: it could not be answered to its end", b.id.value));
    }
}

/// What a create needs, beside the spool file.
provider::create_request request_of(const context &ctx, const registered_pipeline &p, const registered_task &task,
                                    const store::batch_row &b) {
    const auto &definition = task.ready->task.definition();
    provider::create_request request;
    request.input_file = b.input_file;
    request.model = b.model;
    request.endpoint = definition.endpoint;
    request.nonce = b.nonce;
    request.installation = ctx.installation;
    request.task = p.config->name + "/" + definition.name;
    request.version = definition_hash(definition);
    request.name = ctx.options.name;
    return request;
}

/// Renders, uploads and commits the intent: state submitting with its window. Empty when no request is left to send.
/// The spool file stays when the requests travel with the create.
awaitable<std::optional<provider::create_request>> prepare(context &ctx, registered_pipeline &p,
                                                           const registered_task &task, store::batch_row &b,
                                                           std::optional<spool_file> &spool) {
    auto &api = ctx.api_of(b);
    encoders ready{api, p, task};
    spool.emplace(ctx.settings.spool(), b.nonce);
    const auto built = co_await build_batch(ctx, p, task, b, ready, *spool);
    if (built.sent == 0)
        co_return std::nullopt;
    if (api.capabilities().synchronous()) {
        provider::create_request nothing_to_create;
        nothing_to_create.spool = spool->path();
        co_return nothing_to_create;
    }
    const bool travels_inline = api.capabilities().travels_inline(built.sent, built.bytes);
    if (!travels_inline) {
        const auto name = input_name(b.nonce);
        b.input_file = co_await api.upload(spool->path(), name);
        failpoint("upload.after_call");
        spool.reset();
    }
    auto request = request_of(ctx, p, task, b);
    if (travels_inline)
        request.spool = spool->path();
    // Taken before the database's clock is read for send_until, so this side's deadline is never the later one.
    const auto window = p.config->timing.send_window;
    request.deadline = std::chrono::steady_clock::now() + window;
    co_await set_submitting(ctx, b, request.input_file, window);
    co_return request;
}

/// What a refused upload means is what a refused create means: nothing was made, and asking again changes nothing.
provider::create_result refused_upload(const provider::provider_error &e) {
    provider::create_result result;
    result.outcome = provider::create_outcome::refused;
    result.status = e.status();
    result.code = e.code();
    result.message = e.what();
    result.busy = e.status() == 429 && e.code().find("quota") == std::string::npos;
    return result;
}

} // namespace

awaitable<void> send(context &ctx, registered_pipeline &p, const registered_task &task, store::batch_row b) {
    std::optional<provider::create_request> request;
    std::optional<spool_file> spool;
    std::exception_ptr failure;
    std::string why = "none of its items could be sent";
    std::optional<provider::create_result> refused;
    try {
        request = co_await prepare(ctx, p, task, b, spool);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
        co_return;
    } catch (const http::transport_error &e) {
        why = std::string{"the upload failed: "} + e.what();
        failure =
            std::make_exception_ptr(unavailable{p.config->name + ": the provider could not be reached: " + e.what()});
    } catch (const provider::provider_error &e) {
        why = std::string{"the upload was refused: "} + e.what();
        if (is_refusal(e.status(), !e.code().empty()))
            refused = refused_upload(e);
        else
            failure = std::make_exception_ptr(unavailable{p.config->name + ": " + why});
    } catch (const error &e) {
        why = e.what();
        failure = std::current_exception();
    }
    ctx.progressed = ctx.progressed || !failure;
    if (request && ctx.api_of(b).capabilities().synchronous()) {
        co_await send_synchronous(ctx, p, task, b, request->spool);
        co_return;
    }
    if (request) {
        co_await create(ctx, p, task, b, *request);
        co_return;
    }
    spool.reset();
    if (failure) {
        ctx.paused_accounts.insert(b.account.value);
        ctx.problem(failure, p.config->name);
    }
    // The hold comes before the items are requeued, so that nobody claims them in between.
    if (refused)
        co_await hold_refused(ctx, p, task, b, *refused);
    co_await abandon(ctx, b, why);
}

} // namespace smelt::orchestrator
