#include "recover.hpp"

#include "orchestrator/batch_write.hpp"
#include "orchestrator/remote/identify.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/transactions.hpp"

#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace smelt::orchestrator {
namespace {

awaitable<void> abandon(run_pass &pass, store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.abandon(b.current_fence(), why); };
    co_await write_batch(pass, change, {"recover.before_abandon", "recover.after_abandon"}, durability::on_disk);
    b.state = batch_state::abandoned;
    pass.progressed = true;
    log::info("batch {}: {}", b.id.value, why);
}

awaitable<void> make_unknown(run_pass &pass, store::batch_row &b) {
    const batch_change change = [&](store::batches &t) {
        t.unknown(b.current_fence(), "the run that was submitting it ended before the provider's answer was stored");
    };
    co_await write_batch(pass, change, {"recover.before_unknown", "recover.after_unknown"}, durability::on_disk);
    b.state = batch_state::unknown;
}

awaitable<void> open_found(run_pass &pass, store::batch_row &b, const provider::remote_batch &job) {
    const batch_change change = [&](store::batches &t) {
        t.opened(b.current_fence(), job.id, pass.pipelines.view_of(b, job));
    };
    co_await write_batch(pass, change, {"recover.before_open", "recover.after_open"}, durability::on_disk);
    b.state = batch_state::open;
    b.remote_id = job.id;
    pass.progressed = true;
    log::info("batch {}: found at the provider as {}", b.id.value, job.id);
}

/// What the listing is for a batch that it does not show.
enum class evidence {
    complete,     ///< it would show the batch
    undecided,    ///< a job that cannot be told yet may be the one
    another_view, ///< another key or address than the batch was made with may be shown other jobs
    none,         ///< there is no listing
};

/// What an account shows of its batches.
struct account_view {
    service *asked = nullptr; ///< null: the pipeline file does not say how to reach the account
    bool can_look_up = false;
    own_jobs ours;
    std::vector<provider::remote_batch> undecided; ///< jobs that cannot be told yet

    [[nodiscard]] const provider::remote_batch *job_of(const store::batch_row &b) const {
        const auto found = std::ranges::find_if(ours.batches, [&](const auto &job) {
            return job.id == b.remote_id || is_job_of(job, b.nonce, b.input_file);
        });
        return found == ours.batches.end() ? nullptr : &*found;
    }
};

evidence evidence_for(const store::batch_row &b, const account_view &seen) {
    if (seen.asked == nullptr)
        return evidence::another_view;
    if (!seen.can_look_up)
        return evidence::none;
    if (!b.key_fingerprint.empty() && b.key_fingerprint != seen.asked->key_fingerprint)
        return evidence::another_view;
    const auto wanted = sought_of(b, seen.ours.now);
    const bool open_question = seen.ours.incomplete || std::ranges::any_of(seen.undecided, [&](const auto &job) {
                                   return could_be(job, wanted);
                               });
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

awaitable<void> resolve(run_pass &pass, store::batch_row &b, const provider::remote_batch *job, evidence seen,
                        milliseconds grace) {
    switch (resolve_unknown(seen == evidence::complete, job != nullptr, b.window_over(grace), !b.remote_id.empty())) {
    case unknown_action::open:
        co_await open_found(pass, b, *job);
        break;
    case unknown_action::abandon:
        co_await abandon(pass, b, "the provider does not list it: nothing was made");
        break;
    case unknown_action::wait:
        if (resolves_itself(b, seen))
            pass.note(why_it_waits(b, seen));
        else
            pass.needs_person(b, why_it_waits(b, seen));
        break;
    }
}

/// A job of an abandoned nonce: its answers are wanted if nothing was sent in its place, else it only costs money.
awaitable<void> handle_duplicate_job(run_pass &pass, provider::batch_api &api, const store::batch_row &duplicated,
                                     const provider::remote_batch &job, std::vector<store::batch_row> &batches) {
    auto work = [&](db::connection &c) -> std::optional<store::batch_row> {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        store::batches table{tx};
        if (!table.readopt(duplicated.id, pass.run.runner, job.id))
            return std::nullopt;
        auto row = table.find(duplicated.id);
        failpoint("recover.before_readopt");
        tx.commit();
        return row;
    };
    if (auto row = co_await pass.run.db.run(work)) {
        failpoint("recover.after_readopt");
        pass.event(fmt::format("batch {} turned up late as {}; its answers are used", duplicated.id.value, job.id));
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
    auto remember = [&](db::transaction &tx) {
        store::batches{tx}.note_duplicate_job(duplicated.id, job.id, sentence);
    };
    co_await write(pass.run, remember);
    failpoint("recover.after_note_duplicate");
    pass.event(sentence);
}

awaitable<std::vector<store::batch_row>> abandoned_of(run_pass &pass, const registered_pipeline &p) {
    auto look = [&](db::transaction &tx) {
        return store::batches{tx}.abandoned(p.id, p.config->timing.late_duplicates);
    };
    co_return co_await read(pass.run, look);
}

/// Reads the listing of an account for the batches that are lost there.
awaitable<account_view> look_at(run_pass &pass, registered_pipeline &p, account_id account,
                                const std::vector<store::batch_row> &lost) {
    account_view seen;
    if (!p.names(account))
        co_return seen;
    seen.asked = &p.service_of(account);
    const auto &dialect = pass.pipelines.dialect_of(p, *seen.asked);
    seen.can_look_up = can_find(dialect);
    failpoint("recover.before_list");
    if (seen.can_look_up) {
        milliseconds oldest{0};
        for (const auto &b : lost)
            oldest = std::max(oldest, b.age);
        seen.ours = co_await list_ours(pass, pass.pipelines.batch_api_of(p, *seen.asked), oldest);
    }
    std::vector<sought> wanted;
    wanted.reserve(lost.size());
    for (const auto &b : lost)
        wanted.push_back(sought_of(b, seen.ours.now));
    if (dialect.capabilities().find_by == provider::lookup::count_and_time)
        seen.undecided =
            co_await identify(pass, pass.pipelines.batch_api_of(p, *seen.asked), seen.ours.batches, wanted);
    failpoint("recover.after_list");
    co_return seen;
}

/// A batch is looked for where it was made, and nowhere else. Readopted ones join `batches`.
awaitable<void> recover_account(run_pass &pass, registered_pipeline &p, account_id account,
                                std::vector<store::batch_row> lost, std::vector<store::batch_row> &batches) {
    const auto seen = co_await look_at(pass, p, account, lost);
    for (auto &b : lost) {
        const auto whose = "batch " + std::to_string(b.id.value);
        const auto *job = seen.job_of(b);
        if (b.state == batch_state::unknown) {
            // The list that is served goes on with what becomes of it here.
            auto &known = *std::ranges::find(batches, b.id, &store::batch_row::id);
            auto step = resolve(pass, known, job, evidence_for(b, seen), p.config->timing.list_grace);
            co_await isolated(pass, whose, std::move(step));
        } else if (job != nullptr) {
            auto step = handle_duplicate_job(pass, pass.pipelines.batch_api_of(p, *seen.asked), b, *job, batches);
            co_await isolated(pass, whose, std::move(step));
        }
    }
}

awaitable<void> recover_pipeline(run_pass &pass, registered_pipeline &p, std::vector<store::batch_row> &batches) {
    const auto abandoned = co_await abandoned_of(pass, p);
    std::map<account_id, std::vector<store::batch_row>> lost;
    for (const auto &b : batches)
        if (b.pipeline == p.id && b.state == batch_state::unknown)
            lost[b.account].push_back(b);
    for (const auto &b : abandoned)
        lost[b.account].push_back(b);
    const auto place = p.config->name + ": what became of its batches cannot be found out";
    for (auto &[account, rows] : lost) {
        auto step = recover_account(pass, p, account, std::move(rows), batches);
        co_await isolated(pass, place, std::move(step));
    }
}

} // namespace

awaitable<void> recover(run_pass &pass, std::vector<store::batch_row> &batches) {
    pass.run.report({"recover", {}, 0, 0, {}});
    for (auto &b : batches) {
        if (b.state != batch_state::building && b.state != batch_state::submitting)
            continue;
        auto step = b.state == batch_state::building
                        ? abandon(pass, b, "the run that was building it ended; nothing was sent")
                        : make_unknown(pass, b);
        co_await isolated(pass, "batch " + std::to_string(b.id.value), std::move(step));
    }
    for (auto &p : pass.pipelines)
        co_await isolated(pass, p.config->name + ": what became of its batches cannot be found out",
                          recover_pipeline(pass, p, batches));
}

} // namespace smelt::orchestrator
