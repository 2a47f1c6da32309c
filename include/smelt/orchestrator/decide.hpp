#pragma once

#include "smelt/domain/status.hpp"
#include "smelt/provider/batch_api.hpp"
#include "smelt/store/results.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What to do next, as functions of plain values: no clock, no I/O (docs/architecture.md draws the machines).
namespace smelt::orchestrator {

using std::chrono::milliseconds;

/// What a cause does to its item.
effect_kind effect_of(cause_kind cause);
/// How the ledger counts a cause.
outcome_kind outcome_of(cause_kind cause);
/// What becomes of a line of a batch that nobody has waited for any longer (fallback.after): what its service confirms
/// not to have run goes to the fallback, and nothing else does.
effect_kind effect_when_late(cause_kind cause, effect_kind effect);

/// What follows from an answer that was cut at its token limit, when so many were cut before it.
struct next_after_cut {
    std::string words; ///< for the attempt: the limit, and the next one
    /// fail: it is not to be asked for again. climb: this model gives nothing larger. enlarge: a larger model is not
    /// asked before this one has been given room.
    effect_kind effect = effect_kind::spend_attempt;
};
/// definition: as its rung is asked.
next_after_cut after_cut(const task_definition &definition, const std::string &model, int cuts);

/// What to do about a batch whose create may or may not have happened.
enum class unknown_action { open, abandon, wait };
/// can_look_up: a complete listing of its account was seen; listed: a job there is this batch, by its nonce, its id or
/// its input file; window_over: send_until and the grace for lagging lists have passed; was_open: the provider had it
/// once, so its absence proves nothing.
unknown_action resolve_unknown(bool can_look_up, bool listed, bool window_over, bool was_open);

/// What a refusal says about an open batch.
enum class poll_failure {
    passing,        ///< empty: ask again
    proves_nothing, ///< another key than the one that made it may not see it
    lost,           ///< the provider does not know it any more: unknown, and nothing is sent again
};
poll_failure classify_poll_failure(provider::failure_kind kind, bool same_key);

/// What to do with the requests that no result line named, once both files were read to their end.
enum class unanswered_action { close, download_again, missing, expired, cancelled, not_run };
struct unanswered_facts {
    provider::remote_state state = provider::remote_state::unknown;
    std::int64_t waiting = 0;             ///< sent and not accounted for
    std::int64_t named = 0;               ///< requests that some line named
    std::optional<std::int64_t> promised; ///< completed + failed by the provider's own counts
    bool owes_output = false;             ///< the counts promise answers, and no output file is named
    bool cut_short = false;               ///< the last line had no newline
    int downloads = 0;                    ///< finished before this one
    milliseconds since_first{};
    milliseconds missing_wait{};
};
unanswered_action decide_unanswered(const unanswered_facts &facts);

/// Whether a task is to be held: failed of its recent answers are a larger share than the circuit breaker allows.
bool fails_too_often(std::int64_t answers, std::int64_t failed, const config::circuit_breaker_spec &limit);

/// Why a batch never ran, from its errors.
enum class batch_refusal {
    busy,    ///< the provider's queue is full: wait
    task,    ///< model, endpoint, file: no item is to blame
    items,   ///< lines were named: those items fail, the others are requeued
    unnamed, ///< something in it is bad: halve
};
batch_refusal classify_failed(const std::vector<provider::line_error> &errors, std::int64_t sent);

/// Requests of the next batch after one of `sent` was refused without naming a line.
std::int64_t halve(std::int64_t sent);

/// The next pause of --wait: short after progress, doubling up to `longest` otherwise.
milliseconds next_pause(milliseconds last, bool progressed, milliseconds longest);

/// Of the listed jobs, those that are a second one of a batch whose own job is listed beside them: the service, or a
/// gateway before it, repeated the call that creates a batch. own_jobs: the remote id of each nonce's batch.
std::vector<provider::remote_batch> repeated_jobs(const std::vector<provider::remote_batch> &listed,
                                                  const std::map<std::string, std::string> &own_jobs);

} // namespace smelt::orchestrator
