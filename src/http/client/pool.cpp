#include "pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::http {
namespace {

namespace asio = boost::asio;

/// Servers and the boxes between drop idle connections after a minute or so; half of that loses no race worth having.
constexpr auto longest_idle = std::chrono::seconds{30};

/// A server that closes after each answer does it at once. A connection that is open after this time is kept.
constexpr auto probation = std::chrono::milliseconds{50};

std::string key_of(const url &to) {
    return (to.tls ? "s " : "p ") + to.authority();
}

} // namespace

lease::~lease() {
    if (!pool_)
        return;
    link.reset();
    pool_->release(pool_->hosts_[key_]);
}

void lease::keep(clock::duration longest) {
    pool_->keep(key_, std::move(link), reused, longest);
}

void lease::distrust() {
    pool_->hosts_[key_].is = connection_pool::habit::closes;
}

awaitable<lease> connection_pool::take(const url &to, reuse how, clock::time_point until) {
    const auto key = key_of(to);
    auto &at = hosts_[key];
    if (per_host_ == 0 || at.in_use < per_host_)
        ++at.in_use;
    else
        co_await wait_for_slot(to, at, until);
    lease out{shared_from_this(), key};
    if (how == reuse::careful && at.is == habit::not_known)
        co_await try_habit(at, until);
    out.link = pick(at, how);
    out.reused = out.link != nullptr;
    co_return std::move(out);
}

/// Of two requests that must not be repeated the second waits a moment, until the first one's connection has shown
/// whether it stays.
awaitable<void> connection_pool::try_habit(host &at, clock::time_point until) {
    if (at.waiting.empty())
        co_return;
    asio::steady_timer timer{executor_, std::min(until, at.waiting.back().since + probation)};
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!at.waiting.empty() && at.is == habit::not_known && !at.waiting.back().link->quiet())
        at.is = habit::closes;
}

awaitable<void> connection_pool::wait_for_slot(const url &to, host &at, clock::time_point until) {
    waiter me{executor_};
    me.timer.expires_at(until);
    at.queue.push_back(&me);
    // Also runs when the coroutine is destroyed while it waits.
    class guard {
      public:
        guard(host &at, waiter &me) : at_{at}, me_{me} {}
        guard(const guard &) = delete;
        guard &operator=(const guard &) = delete;
        ~guard() {
            at_.queue.remove(&me_);
            if (me_.granted && !taken)
                release(at_);
        }
        bool taken = false;

      private:
        host &at_;
        waiter &me_;
    } leave{at, me};
    const auto [woken] = co_await me.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!me.granted)
        throw_transport(to, "wait for a free connection", woken ? woken : error_code{asio::error::timed_out},
                        send_progress::not_sent);
    leave.taken = true;
}

std::unique_ptr<connection> connection_pool::pick(host &at, reuse how) const {
    const auto now = clock::now();
    std::erase_if(at.waiting, [now](const idle &i) { return i.until <= now; });
    const bool may_reuse = how == reuse::any || (how == reuse::careful && at.is != habit::closes);
    while (may_reuse && !at.waiting.empty()) {
        // The newest is the last; while the habit is not known only one that was tried will do.
        if (how == reuse::careful && at.is == habit::not_known && at.waiting.back().since + probation > now)
            break;
        auto link = std::move(at.waiting.back().link);
        at.waiting.pop_back();
        if (link->quiet())
            return link;
    }
    // A fresh connection counts too: make room among the idle ones.
    while (per_host_ != 0 && !at.waiting.empty() && at.waiting.size() + at.in_use > per_host_)
        at.waiting.pop_front();
    return nullptr;
}

void connection_pool::keep(const std::string &key, std::unique_ptr<connection> link, bool was_reused,
                           clock::duration longest) {
    auto &at = hosts_[key];
    if (was_reused)
        at.is = habit::keeps;
    if (at.is == habit::closes)
        return;
    const auto now = clock::now();
    at.waiting.push_back({std::move(link), now, now + std::min<clock::duration>(longest, longest_idle)});
}

void connection_pool::release(host &at) {
    if (at.queue.empty()) {
        --at.in_use;
        return;
    }
    // The slot passes straight to the first in the queue, so nobody can overtake it.
    auto *next = at.queue.front();
    at.queue.pop_front();
    next->granted = true;
    next->timer.cancel();
}

} // namespace smelt::http
