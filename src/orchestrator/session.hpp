#pragma once

#include "context.hpp"
#include "last_resort.hpp"
#include "lifecycle.hpp"
#include "problem.hpp"

namespace smelt::orchestrator {

/// One invocation from the database's opening to the leases' return: runs a coroutine to its end, or to SIGINT or
/// SIGTERM.
class session {
  public:
    session(const config::settings &settings, const run_options &options, const progress_sink &report);
    ~session();
    session(const session &) = delete;
    session &operator=(const session &) = delete;

    [[nodiscard]] context &ctx() { return *ctx_; }

    /// Blocks. Throws what the coroutine threw, or `interrupted` after a signal. False: it did not come to its end
    /// before deadline.
    bool execute(awaitable<void> work);

  private:
    class ending;
    void give_leases_back();
    void close_connections();

    std::unique_ptr<context> ctx_;
    last_resort resort_; ///< goes after the context, whose end it watches, too
};

/// Writes down which cluster and timeline the database is in; where the server does not say, it stays empty.
void remember_cluster(db::connection &c, bool again);

/// Registers this process as a runner and keeps its lease alive until the session ends.
awaitable<void> begin_runner(context &ctx);

/// Gives the batches of this runner back, so that any run may serve them next. Safe to call twice.
awaitable<void> release_batches(context &ctx);

} // namespace smelt::orchestrator
