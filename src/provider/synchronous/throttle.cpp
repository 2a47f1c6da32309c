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
/// How soon one notices that another has taken more.
constexpr milliseconds short_look{5};

} // namespace

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

namespace {

awaitable<void> sleep_until(steady::time_point end, const stop_check &stop) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer{executor};
    for (auto at = steady::now(); !stop() && at < end; at = steady::now()) {
        timer.expires_at(std::min(at + look, end));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

} // namespace

awaitable<void> throttle::refill(std::int64_t tokens, const stop_check &stop) {
    struct turn {
        explicit turn(bool &f) : flag{f} { flag = true; }
        ~turn() { flag = false; }
        turn(const turn &) = delete;
        turn &operator=(const turn &) = delete;
        bool &flag;
    };
    const turn mine{is_refilling_};
    constexpr std::int64_t seconds = 60;
    const auto requests = lacks_requests() ? std::max<std::int64_t>(1, requests_per_minute_ / seconds) : 0;
    const auto more = lacks_tokens(tokens) ? std::max(tokens - tokens_, tokens_per_minute_ / seconds) : 0;
    const auto wait = co_await take_(requests, more);
    if (wait.count() > 0) {
        co_await sleep_until(steady::now() + wait, stop);
        co_return;
    }
    requests_ += requests;
    tokens_ += more;
}

awaitable<bool> throttle::pass(std::int64_t tokens, const stop_check &stop) {
    while ((lacks_requests() || lacks_tokens(tokens)) && !stop()) {
        if (is_refilling_)
            co_await sleep_until(steady::now() + short_look, stop);
        else
            co_await refill(tokens, stop);
    }
    if (stop())
        co_return false;
    requests_ -= 1;
    tokens_ -= tokens;
    co_return true;
}

awaitable<bool> throttle::wait_out_hold(const stop_check &stop) {
    while (!stop() && held_until_ > steady::now())
        co_await sleep_until(held_until_, stop);
    co_return !stop();
}

void throttle::hold(milliseconds pause) {
    held_until_ = std::max(held_until_, steady::now() + pause);
}

} // namespace smelt::provider
