#include "orchestrator/batch_write.hpp"
#include "orchestrator/remote/identify.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/steps.hpp"

#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

awaitable<void> abandon(context &ctx, store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.abandon(b.current_fence(), why); };
    co_await write_batch(ctx, change, {"recover.before_abandon", "recover.after_abandon"}, true);
    b.state = batch_state::abandoned;
    ctx.progressed = true;
    log::info("batch {}: {}", b.id.value, why);
}

awaitable<void> make_unknown(context &ctx, store::batch_row &b) {
    const batch_change change = [&](store::batches &t) {
        t.unknown(b.current_fence(), "the run that was submitting it ended before the provider's answer was stored");
    };
    co_await write_batch(ctx, change, {"recover.before_unknown", "recover.after_unknown"}, true);
    b.state = batch_state::unknown;
}

awaitable<void> open_found(context &ctx, store::batch_row &b, const provider::remote_batch &job) {
    const batch_change change = [&](store::batches &t) { t.opened(b.current_fence(), job.id, ctx.view_of(b, job)); };
    co_await write_batch(ctx, change, {"recover.before_open", "recover.after_open"}, true);
    b.state = batch_state::open;
    b.remote_id = job.id;
    ctx.progressed = true;
    log::info("batch {}: found at the provider as {}", b.id.value, job.id);
}

/// What the listing is for a batch that it does not show.
enum class evidence {
    complete,     ///< it would show the batch
    undecided,    ///< a job that cannot be told yet may be the one
    another_view, ///< another key or address than the batch was made with may be shown other jobs
    none,         ///< there is no listing
};

evidence evidence_for(const registered_pipeline &p, const store::batch_row &b, bool can_look_up, const own_jobs &ours,
                      const std::vector<provider::remote_batch> &undecided) {
    if (!can_look_up)
        return evidence::none;
    const bool same_key = b.key_fingerprint.empty() || b.key_fingerprint == p.main.key_fingerprint;
    if (b.account.value != p.main.account.value || !same_key)
        return evidence::another_view;
    const auto wanted = sought_of(b, ours.now);
    const bool open_question =
        ours.incomplete || std::ranges::any_of(undecided, [&](const auto &job) { return could_be(job, wanted); });
    return open_question ? evidence::undecided : evidence::complete;
}

std::string why_it_waits(const store::batch_row &b, evidence seen) {
    if (seen == evidence::another_view)
        return fmt::format("batch {} was made with another API key, organization, project or base_url, so that nothing "
                           "follows from what is listed now: look there for {} and say `smelt adopt {} REMOTE_ID` or "
                           "`smelt adopt {} --absent`",
                           b.id.value, b.remote_id.empty() ? b.nonce : b.remote_id, b.id.value, b.id.value);
    if (!b.remote_id.empty())
        return fmt::format(
            "batch {} was at the provider as {}, which does not know it now; nothing of it is sent again: "
            "look there and say `smelt adopt {} REMOTE_ID` or `smelt adopt {} --absent`",
            b.id.value, b.remote_id, b.id.value, b.id.value);
    if (seen == evidence::complete)
        return fmt::format("batch {} may exist at the provider; it is looked for until its sending window is over",
                           b.id.value);
    if (seen == evidence::undecided)
        return fmt::format("batch {} may be one of the provider's that have not ended or cannot be read; it is "
                           "compared with them later, or say `smelt adopt {} REMOTE_ID`",
                           b.id.value, b.id.value);
    return fmt::format("batch {} may exist at the provider, which cannot be asked: look there for {} and say "
                       "`smelt adopt {} REMOTE_ID` or `smelt adopt {} --absent`",
                       b.id.value, b.nonce, b.id.value, b.id.value);
}

/// Whether a later listing may still tell what became of it.
bool resolves_itself(const store::batch_row &b, evidence seen) {
    return b.remote_id.empty() && (seen == evidence::complete || seen == evidence::undecided);
}

awaitable<void> resolve(context &ctx, store::batch_row &b, const provider::remote_batch *job, evidence seen,
                        milliseconds grace) {
    switch (resolve_unknown(seen == evidence::complete, job != nullptr, b.window_over(grace), !b.remote_id.empty())) {
    case unknown_action::open:
        co_await open_found(ctx, b, *job);
        break;
    case unknown_action::abandon:
        co_await abandon(ctx, b, "the provider does not list it: nothing was made");
        break;
    case unknown_action::wait:
        if (resolves_itself(b, seen))
            ctx.note(why_it_waits(b, seen));
        else
            ctx.needs_person(b, why_it_waits(b, seen));
        break;
    }
}

/// A job of an abandoned nonce: its answers are wanted if nothing was sent in its place, else it only costs money.
awaitable<void> handle_duplicate_job(context &ctx, provider::provider &api, const store::batch_row &duplicated,
                                     const provider::remote_batch &job, std::vector<store::batch_row> &batches) {
    auto work = [&](db::connection &c) -> std::optional<store::batch_row> {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches table{tx};
        if (!table.readopt(duplicated.id, ctx.runner, job.id))
            return std::nullopt;
        auto row = table.find(duplicated.id);
        failpoint("recover.before_readopt");
        tx.commit();
        return row;
    };
    if (auto row = co_await ctx.db.run(work)) {
        failpoint("recover.after_readopt");
        ctx.note(fmt::format("batch {} turned up late as {}; its answers are used", duplicated.id.value, job.id));
        batches.push_back(std::move(*row));
        co_return;
    }
    failpoint("recover.before_cancel_duplicate");
    if (!provider::is_terminal(job.state))
        co_await api.cancel(job.id);
    failpoint("recover.after_cancel_duplicate");
    const auto sentence =
        fmt::format("batch {} turned up late as {} after its items had been sent again; it was cancelled, what it "
                    "cost is waste",
                    duplicated.id.value, job.id);
    auto remember = [&](db::connection &c) {
        db::transaction tx{c};
        store::batches{tx}.note_duplicate_job(duplicated.id, job.id, sentence);
        tx.commit();
    };
    co_await ctx.db.run(remember);
    failpoint("recover.after_note_duplicate");
    ctx.note(sentence);
}

awaitable<std::vector<store::batch_row>> abandoned_of(context &ctx, const registered_pipeline &p) {
    auto look = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::batches{tx}.abandoned(p.id, p.config->timing.late_duplicates);
    };
    co_return co_await ctx.db.run(look);
}

awaitable<void> recover_pipeline(context &ctx, registered_pipeline &p, std::vector<store::batch_row> &batches) {
    const auto abandoned = co_await abandoned_of(ctx, p);
    milliseconds oldest{0};
    std::vector<const store::batch_row *> lost;
    for (const auto *rows : std::initializer_list<const std::vector<store::batch_row> *>{&batches, &abandoned})
        for (const auto &b : *rows)
            if (b.pipeline == p.id && (b.state == batch_state::unknown || b.state == batch_state::abandoned)) {
                oldest = std::max(oldest, b.age);
                lost.push_back(&b);
            }
    if (lost.empty())
        co_return;
    auto &api = ctx.api_of(p);
    const bool can_look_up = can_find(api);
    own_jobs ours;
    failpoint("recover.before_list");
    if (can_look_up)
        ours = co_await list_ours(ctx, api, oldest);
    auto &listed = ours.batches;
    std::vector<sought> wanted;
    wanted.reserve(lost.size());
    for (const auto *b : lost)
        wanted.push_back(sought_of(*b, ours.now));
    std::vector<provider::remote_batch> undecided;
    if (api.capabilities().find_by == provider::lookup::count_and_time)
        undecided = co_await identify(ctx, api, listed, wanted);
    failpoint("recover.after_list");
    // A batch is looked for where it was made, and nowhere else.
    const auto job_of = [&](const store::batch_row &b) {
        const auto found = std::ranges::find_if(
            listed, [&](const auto &job) { return job.id == b.remote_id || is_job_of(job, b.nonce, b.input_file); });
        return found == listed.end() || b.account != p.main.account ? nullptr : &*found;
    };
    const auto known = batches.size();
    for (std::size_t i = 0; i < known; ++i)
        if (batches[i].pipeline == p.id && batches[i].state == batch_state::unknown) {
            const auto seen = evidence_for(p, batches[i], can_look_up, ours, undecided);
            auto step = resolve(ctx, batches[i], job_of(batches[i]), seen, p.config->timing.list_grace);
            co_await isolated(ctx, "batch " + std::to_string(batches[i].id.value), std::move(step));
        }
    for (const auto &duplicated : abandoned)
        if (const auto *job = job_of(duplicated); job != nullptr && duplicated.pipeline == p.id) {
            auto step = handle_duplicate_job(ctx, api, duplicated, *job, batches);
            co_await isolated(ctx, "batch " + std::to_string(duplicated.id.value), std::move(step));
        }
}

} // namespace

awaitable<void> recover(context &ctx, std::vector<store::batch_row> &batches) {
    ctx.report({"recover", {}, 0, 0, {}});
    for (auto &b : batches) {
        if (b.state != batch_state::building && b.state != batch_state::submitting)
            continue;
        auto step = b.state == batch_state::building
                        ? abandon(ctx, b, "the run that was building it ended; nothing was sent")
                        : make_unknown(ctx, b);
        co_await isolated(ctx, "batch " + std::to_string(b.id.value), std::move(step));
    }
    for (auto &p : ctx.pipelines)
        co_await isolated(ctx, p.config->name + ": what became of its batches cannot be found out",
                          recover_pipeline(ctx, p, batches));
}

} // namespace smelt::orchestrator
