#pragma once

#include "smelt/actions/record_choice.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/store/forgetting.hpp"

#include <functional>
#include <string>
#include <vector>

namespace smelt::actions {

/// What is to be forgotten: chosen records, or a task that the file names no more, or the whole pipeline.
struct forget_choice {
    record_choice records; ///< where: SQL over fields, evidence and key
    std::string task;
    bool everything = false;
    bool allows_again = false; ///< what is forgotten may be loaded again
};

/// What there is, before anything is done.
struct forget_plan {
    store::pipeline_row pipeline;
    forget_choice choice;
    std::vector<std::int64_t> records; ///< chosen ones, in order
    std::vector<std::string> unknown;  ///< chosen keys that no record has, and that were not forgotten before
    std::optional<store::task_row> task;
    store::forget_counts counts; ///< of everything: records alone are counted
    bool is_marked = false; ///< the whole pipeline was forgotten before, or an earlier call did not come to its end
};

/// Throws usage_error for a single key that was never there, for a task that the file still names, and for a task or a
/// pipeline of which batches are under way.
forget_plan plan_forget(db::connection &c, const store::pipeline_row &pipeline, const forget_choice &choice);

/// What was done beside.
struct forgotten {
    std::int64_t records = 0;       ///< that were still there
    std::int64_t allowed = 0;       ///< keys that may be loaded again
    std::vector<std::string> notes; ///< sentences for the user
};

/// Told how many records are done.
using forget_progress = std::function<void(std::int64_t)>;

/// In small transactions: after an interruption the same call goes on. Waits for a load that is under way.
forgotten forget(const config::settings &settings, db::connection &c, const forget_plan &plan,
                 const forget_progress &progress);

} // namespace smelt::actions
