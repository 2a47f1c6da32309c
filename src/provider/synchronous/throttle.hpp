#pragma once

#include "smelt/provider/chat_api.hpp"
#include "smelt/provider/failure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

/// When a synchronous service may be asked next.
namespace smelt::provider {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

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

/// Lets requests pass at the account's rates, and none while the service is busy. For coroutines of one io_context.
class throttle {
  public:
    /// 0: no limit.
    throttle(std::int64_t requests_per_minute, std::int64_t tokens_per_minute)
        : requests_per_minute_{requests_per_minute}, tokens_per_minute_{tokens_per_minute} {}

    /// A second's worth is taken at a time.
    void share(rate_taker take) { take_ = std::move(take); }
    /// Returns when the rates allow one request of so many tokens, or soon after `stop` says so; true: they do.
    awaitable<bool> pass(std::int64_t tokens, const stop_check &stop);
    /// Tokens that were not known when their request passed.
    void spend(std::int64_t tokens) { tokens_ -= tokens; }
    /// The service is busy for so long.
    void hold(milliseconds pause);
    /// Returns when it is not any more, or soon after `stop` says so; true: it is not.
    awaitable<bool> wait_out_hold(const stop_check &stop);

  private:
    [[nodiscard]] bool lacks_requests() const { return take_ && requests_per_minute_ > 0 && requests_ < 1; }
    [[nodiscard]] bool lacks_tokens(std::int64_t wanted) const {
        return take_ && tokens_per_minute_ > 0 && tokens_ < wanted;
    }
    awaitable<void> refill(std::int64_t tokens, const stop_check &stop);

    std::int64_t requests_per_minute_, tokens_per_minute_;
    rate_taker take_;
    std::int64_t requests_ = 0, tokens_ = 0; ///< taken and not used; less than 0: used already
    bool is_refilling_ = false;
    steady::time_point held_until_{};
};

} // namespace smelt::provider
