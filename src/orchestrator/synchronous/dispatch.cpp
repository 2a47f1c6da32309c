#include "dispatch.hpp"

#include "orchestrator/database_retry.hpp"

#include "smelt/orchestrator/failpoints.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::orchestrator {

dispatcher::dispatcher(run_pass &pass, const store::batch_row &b, std::int64_t step)
    : pass_{pass},
      lock_{b.current_fence()},
      total_{b.sent},
      step_{step},
      changed_{pass.run.io, std::chrono::steady_clock::time_point::max()} {}

awaitable<void> dispatcher::sleep() {
    co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

awaitable<bool> dispatcher::wait_for(std::int64_t n) {
    if (n > wanted_) {
        wanted_ = n;
        wake();
    }
    while (n > raised_ && !stopped_)
        co_await sleep();
    co_return !stopped_;
}

awaitable<void> dispatcher::run() {
    while (!stopped_ && raised_ < total_) {
        if (wanted_ + step_ > raised_)
            co_await raise(std::min(total_, wanted_ + 2 * step_));
        else
            co_await sleep();
    }
}

awaitable<void> dispatcher::raise(std::int64_t to) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        const bool cancelled = store::batches{tx}.dispatch(lock_, to);
        failpoint("answer.before_dispatch");
        tx.commit();
        return cancelled;
    };
    const bool cancelled = co_await retry_while_away(pass_.run, work);
    failpoint("answer.after_dispatch");
    raised_ = to;
    if (cancelled)
        stopped_ = true;
    wake();
}

void dispatcher::stop() {
    stopped_ = true;
    wake();
}

} // namespace smelt::orchestrator
