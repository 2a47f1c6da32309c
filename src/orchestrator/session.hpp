#pragma once

#include "context.hpp"
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

    /// Blocks. Throws what the coroutine threw, or `interrupted` after a signal.
    void execute(awaitable<void> work);

  private:
    std::unique_ptr<context> ctx_;
};

/// Writes down which cluster and timeline the database is in; where the server does not say, nothing.
void remember_cluster(db::connection &c, bool again);

/// Registers this process as a runner and keeps its lease alive until the session ends.
awaitable<void> begin_runner(context &ctx);

/// Gives the batches of this runner back, so that any run may serve them next. Blocks; safe to call twice.
void release_batches(context &ctx);

} // namespace smelt::orchestrator
