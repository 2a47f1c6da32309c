#pragma once

#include "smelt/cli/terminal.hpp"
#include "smelt/store/reports.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace smelt::cli {

/// How far pipelines are, at a moment.
struct run_state {
    std::string name; ///< of the pipeline; "3 pipelines"
    std::int64_t total = 0, done = 0, failed = 0;
    std::int64_t at_provider = 0;               ///< requests of open batches
    std::optional<std::int64_t> answered_there; ///< of these, by the provider's own counts; empty: it reports none
    std::optional<double> items_per_second;     ///< lately
    std::optional<double> eta_seconds;
    std::optional<std::string> cost_usd;
    bool is_partly_unpriced = false;
    std::string hold; ///< why nothing is sent; may be empty
};

/// Sums the tasks up. items_per_second: lately; empty: the rate of past batches counts.
run_state state_of_tasks(const std::vector<store::task_report> &tasks, std::optional<double> items_per_second);

/// One line. On a terminal it has at most width - 1 columns: what is least needed is left out first.
std::string render_state(const run_state &s, const terminal &t);

/// Which moments are worth a line where there is no terminal: every half minute, and when another thousand is done.
class line_clock {
  public:
    bool is_due(std::int64_t done, std::chrono::steady_clock::time_point now);

  private:
    std::optional<std::chrono::steady_clock::time_point> last_;
    std::int64_t thousands_ = 0;
};

/// The rate over the last half minute.
class rate_window {
  public:
    /// Empty before two moments, and while nothing is done.
    std::optional<double> add(std::int64_t done, std::chrono::steady_clock::time_point now);

  private:
    std::deque<std::pair<std::chrono::steady_clock::time_point, std::int64_t>> moments_;
};

/// Says how far pipelines are while something else works on them: one line that is redrawn each second on a terminal,
/// log lines elsewhere. Reads by a connection of its own, on a thread of its own; a database that is away is asked
/// again.
class run_watch {
  public:
    /// pipelines: names. err outlives it.
    run_watch(std::string conninfo, std::vector<std::string> pipelines, std::ostream &err, const terminal &t);
    /// Takes the line away.
    ~run_watch();
    run_watch(const run_watch &) = delete;
    run_watch &operator=(const run_watch &) = delete;

  private:
    void watch();
    void show(const run_state &s);

    std::string conninfo_;
    std::vector<std::string> pipelines_;
    std::ostream &err_;
    const terminal terminal_;
    line_clock lines_;
    rate_window rate_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_over_ = false;
    bool is_drawn_ = false;
    std::thread thread_;
};

/// The status of some pipelines; all when none is named.
std::vector<store::task_report> read_status(db::connection &c, const std::vector<std::string> &pipelines);

} // namespace smelt::cli
