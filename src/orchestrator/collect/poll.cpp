#include "poll.hpp"

#include "orchestrator/batch_write.hpp"
#include "orchestrator/failover.hpp"

#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

/// Status calls under way at once: enough to hide latency, few enough for any rate limit.
constexpr std::size_t polls_at_once = 8;

awaitable<void> store_view(run_pass &pass, store::batch_row &b, const provider::remote_batch &job, bool ended) {
    const auto seen = pass.pipelines.view_of(b, job);
    const batch_change change = [&](store::batches &t) {
        if (!ended) {
            t.polled(b.current_fence(), seen);
            return;
        }
        t.ended(b.current_fence(), seen);
        t.release(b.current_fence());
    };
    co_await write_batch(pass, change, {"poll.before_commit", "poll.after_commit"}, durability::usual);
    take_view(b, seen);
    if (ended) {
        b.state = batch_state::ended;
        pass.progressed = true;
    }
}

awaitable<void> note_error(run_pass &pass, store::batch_row &b, std::string error, bool lost) {
    const batch_change change = [&](store::batches &t) {
        lost ? t.lost(b.current_fence(), error) : t.note_error(b.current_fence(), error);
    };
    co_await write_batch(pass, change, {"poll.before_commit", "poll.after_commit"}, durability::usual);
    if (lost)
        b.state = batch_state::unknown;
}

/// Where nothing else tells, the number of requests does.
bool is_another(const provider::dialect &api, const store::batch_row &b, const provider::remote_batch &job) {
    const bool only_counted = api.capabilities().find_by == provider::lookup::count_and_time;
    return (!job.nonce.empty() && job.nonce != b.nonce) || (only_counted && job.total && *job.total != b.sent);
}

/// Somebody adopted the batch under a wrong id: what is there is not ours to collect.
awaitable<void> disown(run_pass &pass, store::batch_row &b) {
    const auto why =
        fmt::format("{} is not this batch: it carries another nonce, or another number of requests", b.remote_id);
    const batch_change change = [&](store::batches &t) { t.disown(b.current_fence(), why); };
    co_await write_batch(pass, change, {"poll.before_commit", "poll.after_commit"}, durability::usual);
    b.state = batch_state::unknown;
    pass.event(fmt::format("batch {}: {}; it is unknown again", b.id.value, why));
}

/// A run was answering it and is gone: what it has applied stays, nobody can be asked about the rest.
awaitable<void> end_answering(run_pass &pass, store::batch_row &b) {
    const batch_change change = [&](store::batches &t) {
        t.answered(b.current_fence());
        t.release(b.current_fence());
    };
    co_await write_batch(pass, change, {"poll.before_commit", "poll.after_commit"}, durability::usual);
    b.state = batch_state::ended;
    pass.progressed = true;
}

/// The pipeline's file names another account now: only a person can say what becomes of the batch.
awaitable<void> lose_sight(run_pass &pass, store::batch_row &b) {
    const auto sentence =
        fmt::format("batch {} was made with another provider, base_url, organization or project than {} names now; put "
                    "that back, or "
                    "look there for {} and say `smelt adopt {} REMOTE_ID` or `smelt adopt {} --absent`",
                    b.id.value, pass.pipelines.of(b).config->file.string(), b.remote_id, b.id.value, b.id.value);
    co_await note_error(pass, b, sentence, true);
    pass.needs_person(b, sentence);
}

awaitable<void> poll_one(run_pass &pass, store::batch_row &b) {
    if (b.dispatched) {
        co_await end_answering(pass, b);
        co_return;
    }
    if (!pass.pipelines.of(b).names(b.account)) {
        co_await lose_sight(pass, b);
        co_return;
    }
    std::string error;
    auto failed = poll_failure::passing;
    try {
        auto &api = pass.pipelines.batch_api_of(b);
        failpoint("poll.before_get");
        const auto job = co_await api.get(b.remote_id);
        failpoint("poll.after_get");
        if (is_another(api, b, job)) {
            co_await disown(pass, b);
            co_return;
        }
        if (job.state == provider::remote_state::unknown)
            pass.note(fmt::format("batch {}: the provider calls its state \"{}\", which is not known; it stays open",
                                  b.id.value, job.status));
        const bool has_ended = provider::is_terminal(job.state);
        co_await store_view(pass, b, job, has_ended);
        if (!has_ended && is_late(pass.pipelines.of(b), b))
            co_await give_up(pass, pass.pipelines.of(b), b, job);
    } catch (const http::transport_error &e) {
        error = e.what();
        pass.problem(std::current_exception(), fmt::format("batch {}: the provider cannot be asked", b.id.value));
    } catch (const provider::provider_error &e) {
        const bool same_key =
            b.key_fingerprint.empty() || b.key_fingerprint == pass.pipelines.service_of(b).key_fingerprint;
        error = e.what();
        failed = classify_poll_failure(e.kind(), same_key);
        if (failed == poll_failure::proves_nothing)
            error += " (asked with another API key than the one that made it; nothing follows from this)";
        pass.problem(std::current_exception(), fmt::format("batch {}: the provider cannot be asked", b.id.value));
    }
    if (!error.empty())
        co_await note_error(pass, b, std::move(error), failed == poll_failure::lost);
}

} // namespace

awaitable<void> poll(run_pass &pass, std::vector<store::batch_row> &batches) {
    std::vector<store::batch_row *> open;
    for (auto &b : batches)
        if (b.state == batch_state::open)
            open.push_back(&b);
    pass.run.report({"poll", {}, 0, static_cast<std::int64_t>(open.size()), {}});
    const std::function<awaitable<void>(std::size_t)> each = [&](std::size_t i) {
        return isolated(pass, fmt::format("batch {}: it could not be polled", open[i]->id.value),
                        poll_one(pass, *open[i]));
    };
    if (!open.empty())
        co_await for_each(open.size(), polls_at_once, each);
}

} // namespace smelt::orchestrator
