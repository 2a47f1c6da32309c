#include "send.hpp"

#include "orchestrator/batch_write.hpp"
#include "orchestrator/budgets.hpp"
#include "orchestrator/failover.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/refused_batch.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/synchronous/synchronous.hpp"
#include "orchestrator/transactions.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/forgetting.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/results.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Of what limits.enqueued_tokens allows.
constexpr std::int64_t batches_in_queue = 4;

} // namespace

batch_limits limits_of(const config::limits_spec &wished, const registered_task &task,
                       const provider::service_capabilities &offered) {
    batch_limits limits;
    limits.requests = std::min(wished.requests_per_batch, offered.max_requests);
    if (task.batch_limit)
        limits.requests = std::min(limits.requests, *task.batch_limit);
    limits.bytes = std::min(wished.bytes_per_batch, offered.max_bytes);
    limits.tokens = limits.tokens_alone = wished.tokens_per_batch;
    if (const auto enqueued = wished.enqueued_tokens; enqueued > 0) {
        // A batch that is all that is allowed would leave the service idle until it is collected and the next is made.
        limits.tokens = limits.tokens == 0 ? std::max<std::int64_t>(1, enqueued / batches_in_queue)
                                           : std::min(limits.tokens, enqueued);
        limits.tokens_alone = limits.tokens_alone == 0 ? enqueued : limits.tokens;
    }
    limits.in_order = offered.synchronous();
    return limits;
}

namespace {

/// Locks the budgets until what the batch needs is committed. False: there is no room for it any more. Its run was
/// taken for dead and another has reserved the money, or the budget is a smaller one now.
bool reserve_need(db::transaction &tx, const run_pass &pass, const registered_pipeline &p, const store::batch_row &b,
                  const built_batch &built) {
    store::budgets table{tx};
    if (!table.lock(p.id, b.account))
        return true;
    const auto budgets = table.of(p.id, b.account, pass.run.runner, b.id);
    if (b.reserved.value_or(0) > 0 && built.reserved > left_of(budgets))
        return false;
    if (built.wanted > 0 || built.requeued.empty())
        note_wanted(table, budgets, built.reserved, built.wanted);
    return true;
}

store::built_figures figures_of(const store::batch_row &b, const built_batch &built, bool is_priced) {
    store::built_figures figures{b.claimed, built.sent, built.replaces, built.bytes, built.bytes / bytes_per_token, {}};
    if (is_priced)
        figures.reserved = b.reserved == 0 ? 0 : built.reserved;
    return figures;
}

/// Renders into the spool file, and writes down what will be sent.
built_batch build_in(db::connection &c, run_pass &pass, const registered_pipeline &p, const registered_task &task,
                     const store::batch_row &b, encoders &ready, const batch_limits &limits, spool_file &spool) {
    db::transaction tx{
        c, {.read_only = false, .durable = false, .bounds = {.statement = {}, .idle = std::chrono::minutes{30}}}};
    const auto ceilings = ceilings_of(tx, p, task, b.rung);
    auto built = build(tx, b, task, ready, ceilings, limits, spool);
    failpoint("build.after_render");
    store::batches table{tx};
    store::items{tx}.requeue(b.pipeline, b.task, b.id, built.requeued);
    store::results{tx}.record_unsent(b, built.unsent);
    built.is_over_budget = !reserve_need(tx, pass, p, b, built);
    if (built.is_over_budget)
        return built; // and nothing of this is stored
    built.is_discarded = built.sent == 0 && built.wanted > 0 && built.unsent.empty();
    if (built.is_discarded)
        table.discard(b.current_fence());
    else
        table.built(b.current_fence(), figures_of(b, built, ceilings.unknown().empty()));
    failpoint("build.before_commit");
    tx.commit();
    failpoint("build.after_commit");
    return built;
}

awaitable<built_batch> build_batch(run_pass &pass, registered_pipeline &p, const registered_task &task,
                                   store::batch_row &b, encoders &ready, spool_file &spool) {
    auto limits = limits_of(p.service_of(b.account).spec->limits, task, pass.pipelines.dialect_of(b).capabilities());
    limits.room = b.reserved_tokens;
    if (b.reserved.value_or(0) > 0)
        limits.budget = b.reserved;
    auto work = [&](db::connection &c) { return build_in(c, pass, p, task, b, ready, limits, spool); };
    auto built = co_await pass.run.db.run(work);
    pass.run.claimed -= static_cast<std::int64_t>(built.requeued.size());
    if (built.sent == 0 && !built.requeued.empty() && built.wanted == 0)
        pass.paused_accounts.insert(b.account.value); // there is no room even for one
    b.sent = built.is_over_budget ? 0 : built.sent;
    co_return built;
}

awaitable<void> set_submitting(run_pass &pass, const store::batch_row &b, std::string input_file, milliseconds window) {
    const batch_change change = [&](store::batches &t) {
        t.submitting(b.current_fence(), input_file, window, pass.pipelines.service_of(b).key_fingerprint);
    };
    co_await write_batch(pass, change, {"submit.before_intent", "submit.after_intent"}, durability::on_disk);
}

awaitable<void> set_opened(run_pass &pass, const store::batch_row &b, const provider::remote_batch &job) {
    const batch_change change = [&](store::batches &t) {
        t.opened(b.current_fence(), job.id, pass.pipelines.view_of(b, job));
        t.reached(b.account);
    };
    co_await write_batch(pass, change, {"submit.before_open", "submit.after_open"}, durability::on_disk);
    ++pass.run.summary.batches_submitted;
    pass.run.summary.requests_submitted += b.sent;
    pass.run.report({"submit", pass.pipelines.of(b).config->name, pass.run.summary.requests_submitted, 0, {}});
    log::info("batch {}: {} requests sent as {}", b.id.value, b.sent, job.id);
}

awaitable<void> set_unknown(run_pass &pass, const store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.unknown(b.current_fence(), why); };
    co_await write_batch(pass, change, {"submit.before_unknown", "submit.after_unknown"}, durability::on_disk);
    pass.note(fmt::format(
        "batch {}: the answer to its creation is not known ({}); it is looked for before anything is sent again",
        b.id.value, why));
}

/// The provider made no job of it, so its input file is of no use either.
awaitable<void> abandon_with_file(run_pass &pass, const store::batch_row &b, std::string why) {
    co_await abandon(pass, b, std::move(why));
    if (b.input_file.empty())
        co_return;
    const std::vector<std::string> files{b.input_file};
    const auto whose = "batch " + std::to_string(b.id.value);
    auto step = delete_files(pass, pass.pipelines.batch_api_of(b), b.id, files);
    co_await delete_or_later(whose, std::move(step));
}

/// What the provider's answer to a create means for the batch.
awaitable<void> take_answer(run_pass &pass, registered_pipeline &p, const registered_task &task,
                            const store::batch_row &b, const provider::create_result &result) {
    switch (result.outcome) {
    case provider::create_outcome::created:
        co_await set_opened(pass, b, result.batch);
        break;
    case provider::create_outcome::not_sent:
    case provider::create_outcome::refused:
        // The hold comes before the items are requeued, so that nobody claims them in between.
        co_await hold_refused(pass, p, task, b, result.why);
        co_await abandon_with_file(pass, b, sentence_of(result.why));
        break;
    case provider::create_outcome::unknown:
        co_await note_unreachable(pass, b.account);
        co_await set_unknown(pass, b, result.why.message);
        break;
    }
}

/// The create itself. From here on the batch may exist at the provider: whatever fails, it stays `submitting` and the
/// next run looks for it.
awaitable<void> create(run_pass &pass, registered_pipeline &p, const registered_task &task, const store::batch_row &b,
                       const provider::create_request &request) {
    try {
        const auto result = co_await pass.pipelines.batch_api_of(b).create(request);
        failpoint("submit.after_create");
        co_await take_answer(pass, p, task, b, result);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const error &) {
        pass.paused_accounts.insert(b.account.value);
        pass.problem(std::current_exception(),
                     fmt::format("batch {}: what became of its creation could not be stored; the next run looks for it "
                                 "before anything is sent again",
                                 b.id.value));
    }
}

/// What is under way when this fails may have been answered; the next run accounts for it.
awaitable<picousd> send_synchronous(run_pass &pass, registered_pipeline &p, const registered_task &task,
                                    const store::batch_row &b, const synchronous_requests &requests) {
    picousd no_room = 0;
    try {
        no_room = co_await answer_batch(pass, p, task, b, requests);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const error &) {
        pass.paused_accounts.insert(b.account.value);
        pass.problem(std::current_exception(),
                     fmt::format("batch {}: it could not be answered to its end", b.id.value));
    }
    co_return no_room;
}

/// What a create needs, beside the spool file.
provider::create_request request_of(const run_pass &pass, const registered_pipeline &p, const registered_task &task,
                                    const store::batch_row &b) {
    const auto &definition = task.ready->task.definition();
    provider::create_request request;
    request.input_file = b.input_file;
    request.model = b.model;
    request.endpoint = definition.endpoint;
    request.nonce = b.nonce;
    request.installation = pass.run.installation;
    request.task = job_title(p.config->name, definition.name, b.rung);
    request.version = definition_hash(definition);
    request.name = pass.run.options.name;
    return request;
}

/// A record of it was forgotten since its requests were rendered: the others go out in another batch.
awaitable<bool> holds_forgotten(run_pass &pass, const store::batch_row &b, built_batch &built) {
    auto look = [&](db::transaction &tx) { return store::forgetting{tx, b.pipeline}.is_in(b.id); };
    built.holds_forgotten = co_await read(pass.run, look);
    co_return built.holds_forgotten;
}

/// Renders, uploads and commits the intent: state submitting with its window. Empty when no request is left to send.
/// The spool file stays when the requests travel with the create.
awaitable<std::optional<provider::create_request>> prepare(run_pass &pass, registered_pipeline &p,
                                                           const registered_task &task, store::batch_row &b,
                                                           std::optional<spool_file> &spool, built_batch &built) {
    const auto &dialect = pass.pipelines.dialect_of(b);
    encoders ready{dialect, p, task, b.rung};
    spool.emplace(pass.run.settings.spool(), b.nonce);
    built = co_await build_batch(pass, p, task, b, ready, *spool);
    if (b.sent == 0 || co_await holds_forgotten(pass, b, built))
        co_return std::nullopt;
    if (dialect.capabilities().synchronous()) {
        provider::create_request nothing_to_create;
        nothing_to_create.spool = spool->path();
        co_return nothing_to_create;
    }
    const bool travels_inline = dialect.capabilities().travels_inline(built.sent, built.bytes);
    if (!travels_inline) {
        const auto name = input_name(b.nonce);
        b.input_file = co_await pass.pipelines.batch_api_of(b).upload(spool->path(), name);
        failpoint("upload.after_call");
        spool.reset();
    }
    if (co_await holds_forgotten(pass, b, built))
        co_return std::nullopt;
    auto request = request_of(pass, p, task, b);
    if (travels_inline)
        request.spool = spool->path();
    // Taken before the database's clock is read for send_until, so this side's deadline is never the later one.
    const auto window = p.config->timing.send_window;
    request.deadline = std::chrono::steady_clock::now() + window;
    co_await set_submitting(pass, b, request.input_file, window);
    co_return request;
}

} // namespace

awaitable<picousd> send(run_pass &pass, registered_pipeline &p, const registered_task &task, store::batch_row b) {
    std::optional<provider::create_request> request;
    std::optional<spool_file> spool;
    built_batch built;
    std::exception_ptr failure;
    bool is_unreachable = false;
    std::string why = "none of its items could be sent";
    std::optional<provider::failure> refused;
    try {
        request = co_await prepare(pass, p, task, b, spool, built);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
        co_return 0;
    } catch (const http::transport_error &e) {
        why = std::string{"the upload failed: "} + e.what();
        is_unreachable = true;
        failure =
            std::make_exception_ptr(unavailable{p.config->name + ": the provider could not be reached: " + e.what()});
    } catch (const provider::provider_error &e) {
        why = std::string{"the upload was refused: "} + e.what();
        // Nothing was made, and asking again changes nothing: as with a create.
        if (provider::is_refusal(e.kind()))
            refused = e.why();
        else
            failure = std::make_exception_ptr(unavailable{p.config->name + ": " + why});
        is_unreachable = !refused;
    } catch (const error &e) {
        why = e.what();
        failure = std::current_exception();
    }
    pass.progressed = pass.progressed || !failure;
    const auto no_room = built.is_over_budget ? built.reserved : built.wanted;
    if (request && pass.pipelines.dialect_of(b).capabilities().synchronous()) {
        const synchronous_requests requests{request->spool, std::move(built.ceilings)};
        const auto next = co_await send_synchronous(pass, p, task, b, requests);
        co_return next;
    }
    if (request) {
        co_await create(pass, p, task, b, *request);
        co_return no_room;
    }
    spool.reset();
    if (built.is_discarded)
        co_return no_room;
    if (is_unreachable)
        co_await note_unreachable(pass, b.account);
    if (failure) {
        pass.paused_accounts.insert(b.account.value);
        pass.problem(failure, p.config->name);
    }
    // The hold comes before the items are requeued, so that nobody claims them in between.
    if (refused)
        co_await hold_refused(pass, p, task, b, *refused);
    if (built.holds_forgotten)
        why = "a record of it was forgotten before it was sent";
    co_await abandon_with_file(pass, b, why);
    co_return no_room;
}

} // namespace smelt::orchestrator
