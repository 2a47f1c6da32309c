#pragma once

#include "smelt/base/threads.hpp"
#include "smelt/db/pool.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace smelt::orchestrator {

/// Keeps the promise that a signal ends a run within 10 s: when a database that does not answer keeps it from ending,
/// it ends the process. Nothing is lost by that: what is true is in the database, and the next run takes over as after
/// a kill.
class last_resort {
  public:
    explicit last_resort(db::pool &db);

    /// The run is to end. What is under way and paid for may still be waited for, but no database job for too long.
    void ask();
    /// Nothing is under way any more.
    void end();
    /// The pool is about to go.
    void forget_database();

  private:
    using clock = std::chrono::steady_clock;
    void watch();
    void quit();
    [[nodiscard]] bool is_due() const;

    std::mutex mutex_;
    std::condition_variable wake_;
    db::pool *db_;
    std::optional<clock::time_point> asked_, ending_;
    bool quit_ = false;
    thread_team watcher_;
};

} // namespace smelt::orchestrator
