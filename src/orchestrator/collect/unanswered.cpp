#include "unanswered.hpp"

#include "orchestrator/batch_write.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/remote/input_file.hpp"

#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace smelt::orchestrator {
namespace {

constexpr std::size_t lines_per_slice = 10'000;

/// A job that names other files at every look is read with pauses after so many downloads.
constexpr int looks_without_pause = 3;

store::applied_line unanswered_line(std::int64_t record, cause_kind cause, std::string message) {
    store::applied_line line;
    line.record = {record};
    line.cause = cause;
    line.outcome = outcome_of(cause);
    line.effect = effect_of(cause);
    line.cost = 0;
    line.message = std::move(message);
    return line;
}

/// What is missing may have been answered, and paid for: nobody knows, unless it is free.
std::optional<picousd> cost_of_lost(run_pass &pass, const store::batch_row &b) {
    usage lost;
    lost.known = false;
    return cost_of(lost, config::price_of(*pass.pipelines.service_of(b).spec, b.model));
}

/// Applies lines that stand in no file, in slices that leave the checkpoint at the end.
awaitable<void> apply_unanswered(run_pass &pass, store::batch_row &b, const apply_plan &plan,
                                 std::vector<store::applied_line> lines) {
    for (std::size_t at = 0; at < lines.size(); at += lines_per_slice) {
        const auto end = std::min(lines.size(), at + lines_per_slice);
        settled_slice ready{{}, {}, true};
        auto &slice = ready.slice;
        slice.lines.assign(lines.begin() + static_cast<std::ptrdiff_t>(at),
                           lines.begin() + static_cast<std::ptrdiff_t>(end));
        slice.from = slice.to = b.reached;
        slice.counts = b.counts;
        for (auto &line : slice.lines) {
            if (line.cause == cause_kind::missing)
                line.cost = cost_of_lost(pass, b);
            count(slice.counts, line, 1);
        }
        if (slice.counts.unpriced > b.counts.unpriced)
            pass.run.summary.is_partly_unpriced = true;
        failpoint("unanswered.before_slice");
        auto work = [&](db::connection &c) { return apply_slice(c, plan, ready); };
        b.counts = co_await pass.run.db.run(work);
        pass.run.summary.other += static_cast<std::int64_t>(slice.lines.size());
    }
}

awaitable<void> close(run_pass &pass, store::batch_row &b, std::string note) {
    const batch_change change = [&](store::batches &t) { t.closed(b.current_fence(), note); };
    co_await write_batch(pass, change, {"unanswered.before_close", "unanswered.after_close"}, durability::usual);
    b.state = batch_state::closed;
    ++pass.run.summary.batches_collected;
    if (const auto orphaned = b.sent - b.counts.accounted(); orphaned > 0)
        pass.event(
            fmt::format("batch {}: the items of {} of its requests were deleted while it was under way; the ledger "
                        "counts them as orphaned",
                        b.id.value, orphaned));
    log::info("batch {}: closed; {} accepted, {} rejected, {} others of {}", b.id.value, b.counts.accepted,
              b.counts.rejected, b.counts.accounted() - b.counts.accepted - b.counts.rejected, b.sent);
}

awaitable<void> close_with(run_pass &pass, store::batch_row &b, const apply_plan &plan, const membership &members,
                           cause_kind cause, std::string message) {
    std::vector<store::applied_line> lines;
    for (const auto record : members.waiting())
        lines.push_back(unanswered_line(record, cause, message));
    co_await apply_unanswered(pass, b, plan, std::move(lines));
    co_await close(pass, b, {});
}

/// Without a pause this run takes it up again in the same pass.
awaitable<void> download_again(run_pass &pass, store::batch_row &b, milliseconds pause_for) {
    const batch_change change = [&](store::batches &t) {
        t.download_again(b.current_fence(), pause_for);
        if (pause_for.count() == 0)
            t.release(b.current_fence());
    };
    co_await write_batch(pass, change, {"unanswered.before_again", "unanswered.after_again"}, durability::usual);
}

void note_wait(run_pass &pass, const store::batch_row &b, const unanswered_facts &facts, milliseconds pause_for) {
    const auto again = format_duration(pause_for);
    if (!facts.owes_output) {
        pass.note(fmt::format("batch {}: the results do not name {} of its requests yet; they are downloaded again in "
                              "{}",
                              b.id.value, facts.waiting, again));
        return;
    }
    const bool is_late = facts.downloads > 2 && facts.since_first >= facts.missing_wait;
    const auto sentence =
        fmt::format("batch {}: the provider counts {} answers of {} and names no file that holds them; "
                    "it is asked again in {}, and nothing of it is sent again meanwhile",
                    b.id.value, *facts.promised, b.remote_id, again);
    if (is_late)
        pass.needs_person(b,
                          fmt::format("{}. If they are lost there, `smelt adopt {} --absent` sends what is left of it "
                                      "again",
                                      sentence, b.id.value));
    else
        pass.note(sentence);
}

/// Reads an ended job once more: services fill in files and counts after they have said that it ended. True when it
/// names a file now that it did not name before.
awaitable<bool> look_again(run_pass &pass, store::batch_row &b) {
    failpoint("unanswered.before_look");
    const auto job = co_await pass.pipelines.batch_api_of(b).get(b.remote_id);
    failpoint("unanswered.after_look");
    auto view = pass.pipelines.view_of(b, job);
    if (view.output_file.empty())
        view.output_file = b.output_file;
    if (view.error_file.empty())
        view.error_file = b.error_file;
    const bool names_more = view.output_file != b.output_file || view.error_file != b.error_file;
    if (!provider::is_terminal(job.state))
        co_return false;
    const batch_change change = [&](store::batches &t) { t.seen_again(b.current_fence(), view); };
    co_await write_batch(pass, change, {"unanswered.before_seen", "unanswered.after_seen"}, durability::usual);
    take_view(b, view);
    co_return names_more;
}

/// Which records stand on these lines of the input file.
awaitable<std::map<std::int64_t, std::string>> named_records(provider::batch_api &api, const store::batch_row &b,
                                                             const std::vector<provider::line_error> &errors) {
    std::map<std::int64_t, std::string> by_line;
    for (const auto &e : errors)
        if (e.line)
            by_line.emplace(*e.line, e.code + ": " + e.message);
    std::map<std::int64_t, std::string> by_record;
    const input_line_sink look = [&](std::int64_t number, std::string_view line) {
        if (const auto wanted = by_line.find(number); wanted != by_line.end())
            if (const auto record = record_of(line, b.nonce))
                by_record.emplace(*record, wanted->second);
    };
    co_await read_input(api, b.input_file, look);
    co_return by_record;
}

std::string first_error(const std::vector<provider::line_error> &errors) {
    return errors.empty() ? "no reason given" : errors.front().code + ": " + errors.front().message;
}

awaitable<void> blame_lines(run_pass &pass, provider::batch_api &api, store::batch_row &b, const apply_plan &plan,
                            const membership &members, const std::vector<provider::line_error> &errors) {
    const auto named = co_await named_records(api, b, errors);
    std::vector<store::applied_line> lines;
    for (const auto record : members.waiting()) {
        const auto found = named.find(record);
        auto line = unanswered_line(record, cause_kind::not_run, found == named.end() ? std::string{} : found->second);
        if (found != named.end()) {
            line.cause = cause_kind::rejected_request;
            line.effect = effect_kind::fail;
        }
        lines.push_back(std::move(line));
    }
    co_await apply_unanswered(pass, b, plan, std::move(lines));
    co_await close(pass, b, fmt::format("never ran: {} line(s) refused, first {}", named.size(), first_error(errors)));
}

/// The provider refused the whole batch at validation: nothing ran, nothing is spent.
awaitable<void> never_ran(run_pass &pass, registered_pipeline &p, store::batch_row &b, const apply_plan &plan,
                          const membership &members) {
    auto &api = pass.pipelines.batch_api_of(b);
    const auto job = co_await api.get(b.remote_id);
    const auto why = "batch " + std::to_string(b.id.value) + " never ran: " + first_error(job.errors);
    const store::held everybody{{}, {}, b.account}, rung{b.task, b.rung, {}};
    switch (classify_failed(job.errors, b.sent)) {
    case batch_refusal::busy:
        co_await place_hold(pass, p, everybody, "queue_full", why, p.config->timing.queue_full_hold);
        break;
    case batch_refusal::task:
        co_await place_hold(pass, p, rung, "refused", why, std::nullopt);
        break;
    case batch_refusal::items:
        co_await blame_lines(pass, api, b, plan, members, job.errors);
        co_return;
    case batch_refusal::unnamed:
        if (b.sent == 1) {
            std::vector<store::applied_line> lines{
                unanswered_line(members.waiting().at(0), cause_kind::not_run, first_error(job.errors))};
            lines[0].cause = cause_kind::rejected_request;
            lines[0].effect = effect_kind::fail;
            co_await apply_unanswered(pass, b, plan, std::move(lines));
            co_await set_batch_limit(pass, p, b.task, std::nullopt);
            co_await close(pass, b, why);
            co_return;
        }
        co_await set_batch_limit(pass, p, b.task, halve(b.sent));
        pass.event(why + "; the next batches of its task have at most " + std::to_string(halve(b.sent)) +
                   " requests, to find the one at fault");
        break;
    }
    co_await close_with(pass, b, plan, members, cause_kind::not_run, {});
}

unanswered_facts facts_of(run_pass &pass, const registered_pipeline &p, const store::batch_row &b,
                          const membership &members, bool cut_short) {
    unanswered_facts facts;
    if (!pass.pipelines.dialect_of(b).capabilities().synchronous())
        facts.state = pass.pipelines.batch_api_of(b).state_of(b.remote_status);
    facts.waiting = static_cast<std::int64_t>(members.waiting().size());
    facts.named = members.named();
    if (b.remote_completed || b.remote_failed)
        facts.promised = b.remote_completed.value_or(0) + b.remote_failed.value_or(0);
    facts.owes_output = b.output_file.empty() && b.remote_completed.value_or(0) > 0;
    facts.cut_short = cut_short;
    facts.downloads = b.downloads;
    facts.since_first = b.since_first_download;
    facts.missing_wait = p.config->timing.missing_wait;
    return facts;
}

} // namespace

awaitable<void> finish_answered(run_pass &pass, store::batch_row &b, const apply_plan &plan, const membership &members,
                                std::int64_t dispatched) {
    const auto never_sent = members.waiting(static_cast<std::size_t>(dispatched));
    std::vector<store::applied_line> lines;
    for (const auto record : members.waiting()) {
        const bool may_be_sent = never_sent.empty() || record < never_sent.front();
        lines.push_back(
            may_be_sent ? unanswered_line(record, cause_kind::missing, "the run ended while this request was under way")
                        : unanswered_line(record, cause_kind::not_run, {}));
    }
    pass.run.summary.other -= static_cast<std::int64_t>(never_sent.size()); // nothing became of them
    if (!never_sent.empty())
        log::info("batch {}: requests that were not sent, and are requeued: {}", b.id.value, never_sent.size());
    co_await apply_unanswered(pass, b, plan, std::move(lines));
    co_await close(pass, b, {});
}

awaitable<void> finish_unanswered(run_pass &pass, registered_pipeline &p, store::batch_row &b, const apply_plan &plan,
                                  const membership &members, bool cut_short) {
    if (b.dispatched) {
        co_await finish_answered(pass, b, plan, members, *b.dispatched);
        co_return;
    }
    const auto waiting = static_cast<std::int64_t>(members.waiting().size());
    // Nothing is called missing before a fresh look at the job.
    if (waiting > 0 && co_await look_again(pass, b) && b.downloads < looks_without_pause) {
        co_await download_again(pass, b, milliseconds{0});
        co_return;
    }
    const auto facts = facts_of(pass, p, b, members, cut_short);
    switch (decide_unanswered(facts)) {
    case unanswered_action::close:
        co_await close(pass, b, {});
        break;
    case unanswered_action::download_again:
        note_wait(pass, b, facts, facts.missing_wait / 2);
        co_await download_again(pass, b, facts.missing_wait / 2);
        break;
    case unanswered_action::missing:
        co_await close_with(pass, b, plan, members, cause_kind::missing,
                            "the provider's results never named this request");
        break;
    case unanswered_action::expired:
        co_await close_with(pass, b, plan, members, cause_kind::expired, "the batch expired before this request ran");
        break;
    case unanswered_action::cancelled:
        co_await close_with(pass, b, plan, members, cause_kind::cancelled,
                            "the batch was cancelled before this request ran");
        break;
    case unanswered_action::not_run:
        co_await never_ran(pass, p, b, plan, members);
        break;
    }
}

} // namespace smelt::orchestrator
