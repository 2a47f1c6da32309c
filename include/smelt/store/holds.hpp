#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// Why nothing is submitted, and for how much longer; without a time until `smelt resume`.
struct active_hold {
    std::string reason;
    std::optional<std::chrono::milliseconds> remaining;
    bool needs_person = false; ///< nothing but a person ends it, and nobody asked for it
    std::optional<int> rung;   ///< it holds only this rung of the task's ladder
};

/// What a hold stops: a task, one rung of its ladder, or all that use an account.
struct held {
    std::optional<task_id> task;
    std::optional<int> rung; ///< of a task; nothing: all of them
    std::optional<account_id> account;
};

/// Rows that stop submitting for a task or an account.
class holds {
  public:
    explicit holds(db::transaction &tx) : tx_{tx} {}

    /// for_how_long: nothing means until smelt resume.
    /// A key's fingerprint limits a hold of an account to those who use that key; empty: it holds everybody there.
    void place(pipeline_id p, const held &what, const std::string &kind, const std::string &reason,
               std::optional<std::chrono::milliseconds> for_how_long, const std::string &key_fingerprint);
    /// What holds this rung of a task, or its account for this key, now. An empty fingerprint: for any key.
    std::vector<active_hold> active(task_id t, int rung, account_id a, const std::string &key_fingerprint);
    /// Lifts what the pipeline's former keys were refused for at this account.
    void lift_old_key(pipeline_id p, account_id a, const std::string &key_fingerprint);
    /// Lifts holds of a pipeline's tasks and of the accounts that its batches use; returns the reasons lifted.
    std::vector<std::string> lift(pipeline_id p);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
