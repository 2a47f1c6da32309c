#pragma once

#include "orchestrator/run_pass.hpp"

#include <boost/asio/steady_timer.hpp>

namespace smelt::orchestrator {

/// Raises batch.dispatched ahead of the requests that are sent, so that nobody waits for a commit while there are some
/// in reserve. After a kill the requests beyond it are known to be unsent.
class dispatcher {
  public:
    /// step: so many are raised ahead, at least and twice that at most.
    dispatcher(run_pass &pass, const store::batch_row &b, std::int64_t step);

    /// Returns when the n-th request may be sent; false: it must not.
    awaitable<bool> wait_for(std::int64_t n);
    /// Works until all are raised or stop is called. Throws fenced_off when another run has taken the batch.
    awaitable<void> run();
    void stop();
    [[nodiscard]] bool stopped() const { return stopped_; }

  private:
    awaitable<void> raise(std::int64_t to);
    awaitable<void> sleep();
    void wake() { changed_.cancel(); }

    run_pass &pass_;
    store::fence lock_;
    std::int64_t total_;
    std::int64_t step_;
    std::int64_t wanted_ = 0; ///< the highest that was asked for
    std::int64_t raised_ = 0;
    bool stopped_ = false;
    boost::asio::steady_timer changed_; ///< never expires: those who wait are woken by cancelling it
};

} // namespace smelt::orchestrator
