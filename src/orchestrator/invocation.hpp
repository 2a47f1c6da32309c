#pragma once

#include "task_version.hpp"

#include "smelt/base/threads.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/pool.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/orchestrator/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace smelt::orchestrator {

class heartbeat;

/// What lives as long as one call of `smelt run`, or of another command that works with batches: the loop, the
/// database, and what its passes add up. Used on the io_context's thread, but for db and versions.
struct invocation {
    invocation(const config::settings &s, std::string database, const run_options &o, const progress_sink &r);
    invocation(const invocation &) = delete;
    invocation &operator=(const invocation &) = delete;
    ~invocation();

    const config::settings &settings;
    const std::string conninfo;
    const run_options &options;
    const progress_sink &report;

    boost::asio::io_context io{1};
    db::pool db;
    boost::asio::thread_pool cpu{0}; ///< what is posted there may use db
    thread_team judges{2, [this] { cpu.attach(); }, [this] { cpu.stop(); }};

    runner_id runner;                 ///< 0 until begin_runner
    std::unique_ptr<heartbeat> lease; ///< renews it
    std::string installation;
    version_cache versions;
    run_summary summary;
    std::int64_t claimed = 0; ///< against --max
    /// By task and rung: what the request may cost that a budget had no room for. It is not tried again for less.
    std::map<std::pair<std::int32_t, int>, picousd> short_of;
    bool cancelled = false; ///< what was under way was cut off: what comes of that is no problem of the provider's
    bool stopping = false;  ///< it is to end: nothing new is begun
    std::optional<std::chrono::steady_clock::time_point> deadline; ///< from --timeout: what is under way ends then
    std::map<std::string, std::string> identified; ///< nonces of jobs that had to be looked into, by remote id

    /// While one lives, the end that a signal asks for is put off: what is under way would be lost, and paid for.
    class unfinished {
      public:
        explicit unfinished(invocation &run) : run_{run} { ++run_.unfinished_; }
        ~unfinished();
        unfinished(const unfinished &) = delete;
        unfinished &operator=(const unfinished &) = delete;

      private:
        invocation &run_;
    };
    [[nodiscard]] bool is_late() const { return deadline && std::chrono::steady_clock::now() >= *deadline; }
    /// Nothing new is begun: it is to end, or its time is over.
    [[nodiscard]] bool is_ending() const { return stopping || is_late(); }
    /// After a signal, or at deadline: calls `end` as soon as nothing is unfinished.
    void stop(std::function<void()> end);

  private:
    int unfinished_ = 0;
    std::function<void()> end_; ///< of the run, once it is asked for
};

} // namespace smelt::orchestrator
