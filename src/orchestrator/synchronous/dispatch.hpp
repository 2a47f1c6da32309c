#pragma once

#include "orchestrator/run_pass.hpp"
#include "slice_budget.hpp"

#include <boost/asio/steady_timer.hpp>

namespace smelt::orchestrator {

/// Raises batch.dispatched ahead of the requests that are sent, so that nobody waits for a commit while there are some
/// in reserve. After a kill the requests beyond it are known to be unsent. What is raised is reserved of the budgets
/// first; where these have no room for more, answers are waited for, which cost less than was reserved for them.
class dispatcher {
  public:
    /// step: so many are raised ahead, at least and twice that at most. money: what its requests may cost.
    dispatcher(run_pass &pass, const store::batch_row &b, std::int64_t step, const slice_budget &money);

    /// Returns when the n-th request may be sent; false: it must not.
    awaitable<bool> wait_for(std::int64_t n);
    /// Works until all are raised or stop is called. Throws fenced_off when another run has taken the batch.
    awaitable<void> run();
    void stop();
    [[nodiscard]] bool stopped() const { return stopped_; }
    /// A request that was let go has come back without a result line.
    void came_back_empty() { ++empty_; }
    /// What the next request may cost when it was stopped because the budgets had no room for it; else 0.
    [[nodiscard]] picousd no_room() const { return no_room_; }

  private:
    awaitable<void> raise(std::int64_t to);
    struct raised {
        std::int64_t requests = 0; ///< that may be sent now
        std::int64_t lines = 0;    ///< of results, that are in the tables
        picousd next = 0;          ///< what the next one may cost
        bool is_cancelled = false;
    };
    /// As many as the budgets have room for.
    raised raise_in(db::transaction &tx, std::int64_t to) const;
    /// Nothing is under way whose answer could make room.
    [[nodiscard]] bool is_idle() const { return raised_ == let_go_ && let_go_ == applied_ + empty_; }
    awaitable<void> sleep();
    void wake() { changed_.cancel(); }

    run_pass &pass_;
    store::batch_row batch_;
    store::fence lock_;
    const slice_budget &money_;
    bool reserves_; ///< there are budgets: what is raised is reserved first
    std::int64_t total_;
    std::int64_t step_;
    std::int64_t wanted_ = 0; ///< the highest that was asked for
    std::int64_t raised_ = 0;
    std::int64_t let_go_ = 0;  ///< requests that were told that they may be sent
    std::int64_t applied_ = 0; ///< result lines in the tables, when it was last looked
    std::int64_t empty_ = 0;
    picousd next_ = 0;
    bool stopped_ = false;
    picousd no_room_ = 0;
    boost::asio::steady_timer changed_; ///< never expires: those who wait are woken by cancelling it
};

} // namespace smelt::orchestrator
