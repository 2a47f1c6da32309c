#pragma once

#include "smelt/base/threads.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/runners.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace smelt::orchestrator {

/// This process as smelt.runner stores it.
store::process_identity this_process();

/// Whether a process of this PID namespace has ended: nobody has its pid, or somebody who started at another time. What
/// cannot be seen proves nothing: its lease protects it.
bool is_proven_gone(const store::process_identity &who);

/// Ends the runners of this host whose process is gone, so that their batches are free at once instead of at their
/// lease's end.
void end_dead_runners(db::transaction &tx, const store::process_identity &me);

/// Renews the lease from a thread and a connection of its own, which no slice can block.
class heartbeat {
  public:
    heartbeat(std::string conninfo, runner_id runner, std::chrono::milliseconds lease);
    ~heartbeat() = default;
    heartbeat(const heartbeat &) = delete;
    heartbeat &operator=(const heartbeat &) = delete;

  private:
    void beat();
    void stop();
    std::string conninfo_;
    runner_id runner_;
    std::chrono::milliseconds lease_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    thread_team thread_;
};

} // namespace smelt::orchestrator
