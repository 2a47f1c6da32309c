#pragma once

#include "body.hpp"
#include "connection.hpp"

#include <optional>

namespace smelt::http {

/// What one exchange did, readable after it threw.
struct exchange_record {
    send_progress how_far = send_progress::not_sent;
    bool answered = false;    ///< a byte of the answer arrived
    bool delivered = false;   ///< the sink has seen a byte
    bool reusable = false;    ///< the connection may serve another request
    bool peer_closed = false; ///< it ended because the other side closed or reset the connection
};

/// Limits that hold for every step of an exchange.
struct exchange_limits {
    clock::duration idle{}; ///< zero: none
    clock::duration
        answer{}; ///< for an answer, or the head of a streamed one, after the request was written; zero: none
    clock::time_point deadline = never;
    /// The same point on CLOCK_BOOTTIME: a machine that slept must not send what was due before.
    std::chrono::nanoseconds boot_deadline = std::chrono::nanoseconds::max();
    /// The latest end of a step that starts now.
    [[nodiscard]] clock::time_point step() const {
        return idle == clock::duration::zero() ? deadline : std::min(deadline, clock::now() + idle);
    }
    [[nodiscard]] bool over() const;
};

exchange_limits make_limits(const client_options &options, const std::optional<clock::time_point> &deadline);

/// Whether bytes move fast enough. Only time spent waiting for the other side counts: a slow sink is our own affair.
class pace {
  public:
    /// Of a step that has just ended. True: too little moved in a whole window; a window of zero never judges.
    [[nodiscard]] bool is_too_slow(clock::duration window, clock::duration waited, std::size_t bytes);

  private:
    clock::duration waited_{};
    std::size_t bytes_ = 0;
};

/// Everything that an exchange needs; lives in the caller's frame.
struct exchange {
    connection &link;
    const url &to;
    std::string_view method;
    const exchange_limits &limits;
    const body_sink *sink; ///< null: the body goes into the response
    exchange_record &record;
    clock::time_point answer_until = never; ///< of what is kept in memory, and of heads
    bool streams = false;                   ///< a body goes to the sink: its pace counts, not its length
    pace sending = {}, receiving = {};
};

/// The other side closed or reset the connection.
[[nodiscard]] bool closed_by_peer(error_code error);

/// Writes all segments; returns the error that stopped it. Throws transport_error when a file became shorter under us.
awaitable<error_code> write_request(exchange &x, const std::vector<segment> &segments);

/// Reads one answer, 1xx skipped. Throws transport_error(sent) when it is broken, cut short or too long; what the sink
/// throws passes through.
awaitable<response> read_response(exchange &x);

} // namespace smelt::http
