#pragma once

#include "smelt/provider/failure.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

/// When a synchronous service may be asked next.
namespace smelt::provider {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

/// A flow of so much per minute, of which one second may be taken ahead. Pure.
class rate_limit {
  public:
    /// 0: no limit.
    explicit rate_limit(std::int64_t per_minute);
    /// Takes the amount; returns the moment from which the taker may go on.
    steady::time_point take(steady::time_point now, std::int64_t amount);

  private:
    std::chrono::duration<double> each_{}; ///< time in which one flows in
    steady::time_point next_{};
};

/// What is to be done with the answer to a request.
enum class answer_kind {
    done,    ///< it is the request's result, be it an error
    wait,    ///< the service is busy and has done nothing: the same again, later
    refused, ///< key, quota, address or model: no request would fare better
};
/// meaning: what the service's refusal means; unclear for an answer.
answer_kind judge(int status, failure_kind meaning);

/// The pause after the tries-th time that a service was busy, or (not reached) did not even listen; empty: give up.
/// asked: what Retry-After says. jitter in [0, 1).
std::optional<milliseconds> next_pause(int tries, bool reached, std::optional<milliseconds> asked, double jitter);

/// Lets requests pass at the rates, and none while the service is busy. For coroutines of one io_context.
class throttle {
  public:
    throttle(std::int64_t requests_per_minute, std::int64_t tokens_per_minute)
        : requests_{requests_per_minute}, tokens_{tokens_per_minute} {}

    /// Returns when one request of so many tokens may be sent, or soon after `stop` says so; true: it may.
    awaitable<bool> pass(std::int64_t tokens, const std::function<bool()> &stop);
    /// Tokens that were not known when their request passed.
    void spend(std::int64_t tokens) { tokens_.take(steady::now(), tokens); }
    /// Nothing passes before the pause is over.
    void hold(milliseconds pause);

  private:
    rate_limit requests_, tokens_;
    steady::time_point held_until_{};
};

} // namespace smelt::provider
