#pragma once

#include "smelt/cli/terminal.hpp"
#include "smelt/orchestrator/run.hpp"

#include <chrono>
#include <iosfwd>
#include <mutex>
#include <string>

namespace smelt::cli {

/// One line for a moment of a run, at most t.width - 1 columns: stage, bar, numbers, note.
std::string render_progress(const orchestrator::run_progress &p, const terminal &t);

/// Redraws one line of a terminal at most ten times a second; draws nothing elsewhere. The line is gone when it is
/// destroyed. Thread safe.
class progress_bar {
  public:
    progress_bar(std::ostream &err, const terminal &t) : err_{err}, terminal_{t} {}
    ~progress_bar();
    progress_bar(const progress_bar &) = delete;
    progress_bar &operator=(const progress_bar &) = delete;

    void show(const orchestrator::run_progress &p);
    /// The sink that run and load take. The bar has to outlive it.
    orchestrator::progress_sink sink();

  private:
    std::ostream &err_;
    const terminal terminal_;
    std::mutex mutex_;
    std::string stage_;
    std::chrono::steady_clock::time_point next_{};
    bool drawn_ = false;
};

} // namespace smelt::cli
