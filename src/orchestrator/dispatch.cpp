#include "dispatch.hpp"

#include "batch_write.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::orchestrator {

dispatcher::dispatcher(context &ctx, const store::batch_row &b, std::int64_t step)
    : ctx_{ctx}, lock_{b.lock()}, total_{b.sent}, step_{step}, changed_{ctx.io} {}

awaitable<void> dispatcher::sleep() {
    changed_.expires_at(std::chrono::steady_clock::time_point::max());
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
    bool cancelled = false;
    const batch_change change = [&](store::batches &t) { cancelled = t.dispatch(lock_, to); };
    co_await write_batch(ctx_, change, {"answer.before_dispatch", "answer.after_dispatch"}, true);
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
