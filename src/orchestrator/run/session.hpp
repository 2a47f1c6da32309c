#pragma once

#include "orchestrator/last_resort.hpp"
#include "orchestrator/lifecycle.hpp"
#include "orchestrator/problem.hpp"
#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// One invocation from the database's opening to the leases' return: runs a coroutine to its end, or to SIGINT or
/// SIGTERM.
class session {
  public:
    session(const config::settings &settings, const run_options &options, const progress_sink &report);
    ~session();
    session(const session &) = delete;
    session &operator=(const session &) = delete;

    [[nodiscard]] invocation &run() { return *run_; }
    /// The one that is under way. The first registers the pipelines.
    [[nodiscard]] run_pass &pass() { return next_ ? *next_ : *registering_; }
    /// Ends it and begins another.
    run_pass &begin_pass();
    [[nodiscard]] run_pass &registering() { return *registering_; }

    /// Blocks. Throws what the coroutine threw, or `interrupted` after a signal. False: it did not come to its end
    /// before deadline.
    bool execute(awaitable<void> work);

  private:
    class ending;
    void give_leases_back();
    void close_connections();

    std::unique_ptr<invocation> run_;
    last_resort resort_; ///< goes after the invocation, whose end it watches, too
    std::unique_ptr<pipelines> pipelines_;
    std::unique_ptr<run_pass> registering_;
    std::unique_ptr<run_pass> next_; ///< owned here: what is unfinished may outlast the coroutine that it belongs to
};

/// Registers this process as a runner and keeps its lease alive until the session ends.
awaitable<void> begin_runner(run_pass &pass);

/// Gives the batches of this runner back, so that any run may serve them next. Safe to call twice.
awaitable<void> release_batches(run_pass &pass);

} // namespace smelt::orchestrator
