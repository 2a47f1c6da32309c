#include "throttle.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cmath>

namespace smelt::provider {
namespace {

/// A request that was turned away so often in a row is abandoned, after about five minutes.
constexpr int most_tries = 12;
/// The same for one that did not listen, after about four seconds.
constexpr int most_connects = 4;
constexpr milliseconds longest_pause{std::chrono::seconds{60}};
/// How soon a wait notices that it is to stop.
constexpr milliseconds look{200};

} // namespace

rate_limit::rate_limit(std::int64_t per_minute) {
    if (per_minute > 0)
        each_ = std::chrono::duration<double>{60.0 / static_cast<double>(per_minute)};
}

steady::time_point rate_limit::take(steady::time_point now, std::int64_t amount) {
    if (each_.count() == 0.0)
        return now;
    const auto start = std::max(next_, now - std::chrono::seconds{1});
    next_ = start + std::chrono::duration_cast<steady::duration>(each_ * static_cast<double>(amount));
    return std::max(start, now);
}

answer_kind judge(int status, failure_kind meaning) {
    const bool redirected = status >= 300 && status < 400;
    const bool wrong_place = meaning == failure_kind::not_found || status == 405 || status == 410;
    if (meaning == failure_kind::key || meaning == failure_kind::quota || wrong_place || redirected)
        return answer_kind::refused;
    return meaning == failure_kind::busy || status == 503 || status == 529 ? answer_kind::wait : answer_kind::done;
}

std::optional<milliseconds> next_pause(int tries, bool reached, std::optional<milliseconds> asked, double jitter) {
    if (tries >= (reached ? most_tries : most_connects) || (asked && *asked > longest_pause))
        return std::nullopt;
    const auto doubled = std::min(500.0 * std::exp2(tries - 1), static_cast<double>(longest_pause.count()));
    return std::max(asked.value_or(milliseconds{0}), milliseconds{std::llround(doubled * (1.0 - 0.5 * jitter))});
}

awaitable<bool> throttle::pass(std::int64_t tokens, const std::function<bool()> &stop) {
    const auto now = steady::now();
    const auto go = std::max(requests_.take(now, 1), tokens_.take(now, tokens));
    if (go <= now && held_until_ <= now)
        co_return !stop();
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer{executor};
    for (auto at = now; !stop() && at < std::max(go, held_until_); at = steady::now()) {
        timer.expires_at(std::min(at + look, std::max(go, held_until_)));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return !stop();
}

void throttle::hold(milliseconds pause) {
    held_until_ = std::max(held_until_, steady::now() + pause);
}

} // namespace smelt::provider
