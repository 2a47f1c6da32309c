#pragma once

#include "smelt/http/client.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// When to try an idempotent call again: pure functions, the client performs what they say.
namespace smelt::http {

/// What is known after a try that gave no final answer.
struct failed_try {
    bool idempotent = true;
    bool post = false;
    int tries = 1;                   ///< made so far, this one included
    int retries = 0;                 ///< allowed beyond the first try
    int status = 0;                  ///< 0: the exchange broke before a whole answer was read
    const headers *fields = nullptr; ///< of the answer, when there was one
    std::chrono::system_clock::time_point now{};
    double jitter = 0.0; ///< random, 0 up to 1: takes up to a quarter off the computed delay
};

/// How long to wait before the next try; empty: what is there is final. x-should-retry wins over the status; else
/// 408, 409 (but not for POST: a cancel of an ended batch does not get better by waiting), 429 and 5xx are tried again.
/// The server's delay is taken when it lies within 0..60 s, else 0.5 s * 2^n, at most 8 s.
std::optional<milliseconds> retry_delay(const failed_try &t);

/// The delay that an answer asks for: retry-after-ms, else retry-after in seconds or as an HTTP date. Nothing when
/// absent, unreadable or negative.
std::optional<milliseconds> retry_after(const headers &fields, std::chrono::system_clock::time_point now);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate).
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);
std::string format_http_date(std::chrono::system_clock::time_point time);

} // namespace smelt::http
