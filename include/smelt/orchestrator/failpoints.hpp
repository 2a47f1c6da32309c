#pragma once

#include "smelt/base/failpoint.hpp"

#include <array>

namespace smelt::orchestrator {

/// Between the durable effects of the steps. scripts/failpoints and tests/e2e/failpoints_test.cpp try all of them.
inline constexpr std::array failpoints = std::to_array<std::string_view>({
    // the run
    "run.after_begin",
    "run.before_release",
    "run.after_release",
    "fold.before_commit",
    // declarations and records
    "sync.before_commit",
    "sync.after_commit",
    "fetch.before_commit",
    "fetch.after_commit",
    "load.after_copy",
    "load.before_commit",
    "load.after_commit",
    "due.before_commit",
    "due.after_commit",
    // taking over what others left
    "take.before_commit",
    "take.after_commit",
    "recover.before_abandon",
    "recover.after_abandon",
    "recover.before_unknown",
    "recover.after_unknown",
    "recover.before_list",
    "recover.after_list",
    "recover.before_open",
    "recover.after_open",
    "recover.before_readopt",
    "recover.after_readopt",
    "recover.before_cancel_duplicate",
    "recover.after_cancel_duplicate",
    "recover.after_note_duplicate",
    "adopt.before_commit",
    "adopt.after_commit",
    "forget.before_settle",
    "forget.after_settle",
    "retain.before_commit",
    "retain.after_commit",
    "remote_files.before_delete",
    "remote_files.after_delete",
    // asking and collecting
    "poll.before_get",
    "poll.after_get",
    "poll.before_commit",
    "poll.after_commit",
    "give_up.before_mark",
    "give_up.after_mark",
    "give_up.after_cancel",
    "collect.before_take",
    "collect.after_take",
    "collect.before_download",
    "collect.before_slice",
    "apply.before_commit",
    "apply.after_commit",
    "unanswered.before_slice",
    "unanswered.before_look",
    "unanswered.after_look",
    "unanswered.before_seen",
    "unanswered.after_seen",
    "unanswered.before_again",
    "unanswered.after_again",
    "unanswered.before_close",
    "unanswered.after_close",
    "limit.before_commit",
    "limit.after_commit",
    "hold.before_commit",
    "hold.after_commit",
    "write_back.before_commit",
    "write_back.after_commit",
    // sending
    "submit.before_list",
    "submit.after_list",
    "claim.before_commit",
    "claim.after_commit",
    "build.after_render",
    "build.before_commit",
    "build.after_commit",
    "upload.after_call",
    "submit.before_intent",
    "submit.after_intent",
    "submit.after_create",
    "submit.before_open",
    "submit.after_open",
    "submit.before_unknown",
    "submit.after_unknown",
    "submit.before_abandon",
    "submit.after_abandon",
    // synchronous services
    "answer.before_begin",
    "answer.after_begin",
    "answer.before_dispatch",
    "answer.after_dispatch",
    "answer.before_call",
    "answer.after_call",
    "answer.before_end",
    "answer.after_end",
});

using failpoint_name = failpoint_of<failpoints>;

inline void failpoint(failpoint_name name) {
    pass_failpoint(name.text);
}

} // namespace smelt::orchestrator
