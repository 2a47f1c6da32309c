#include "client_try.hpp"

#include <boost/asio/error.hpp>

namespace smelt::http {
namespace {

namespace asio = boost::asio;

/// Time for an answer that a server sent before it closed on our upload.
constexpr auto early_answer_wait = std::chrono::seconds{2};

clock::time_point after(clock::duration limit, clock::time_point deadline) {
    return limit == clock::duration::zero() ? deadline : std::min(deadline, clock::now() + limit);
}

/// A refusal (413, 401) may wait in the socket although writing failed; if none does, the write error is what happened.
awaitable<response> read_refusal(exchange &x, error_code write_error) {
    exchange_limits soon = x.limits;
    soon.idle = early_answer_wait;
    exchange late{x.link, x.to, x.method, soon, nullptr, x.record};
    std::optional<response> answer;
    try {
        answer = co_await read_response(late);
    } catch (const transport_error &) {
        answer.reset();
    }
    x.record.reusable = false;
    // Success for a request that was not read whole would be nonsense.
    if (!answer || answer->status < 300)
        throw_transport(x.to, "send", write_error, x.record.how_far);
    co_return std::move(*answer);
}

/// One try on one connection.
awaitable<response> exchange_once(shared_state &state, const request &r, const url &to, const body_sink *sink,
                                  bool fresh, exchange_record &record, bool &reused) {
    const auto limits = make_limits(state.options.idle_timeout, r.deadline);
    const auto segments = serialize(r, to, state.options.user_agent);
    auto slot = co_await state.pool->take(to, fresh, limits.deadline);
    reused = slot.reused;
    if (!slot.link)
        slot.link = co_await open_connection(state.executor, to, to.tls ? state.context() : nullptr,
                                             after(state.options.connect_timeout, limits.deadline));
    exchange x{*slot.link, to, r.method, limits, sink, record};
    const auto error = co_await write_request(x, segments);
    if (error && (record.how_far == progress::not_sent || error == asio::error::operation_aborted || limits.over()))
        throw_transport(to, "send", error, record.how_far);
    if (error) {
        auto refusal = co_await read_refusal(x, error);
        co_return refusal;
    }
    auto answer = co_await read_response(x);
    if (record.reusable)
        slot.keep();
    co_return answer;
}

} // namespace

awaitable<void> try_once(shared_state &state, const request &r, const url &to, const body_sink *sink, bool fresh,
                         tried &out) {
    try {
        out.answer = co_await exchange_once(state, r, to, sink, fresh, out.record, out.reused);
    } catch (const transport_error &) {
        out.error = std::current_exception();
    } catch (const boost::system::system_error &e) {
        // Thrown by co_await itself in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted)
            throw;
        const transport_error cancelled{to.authority() + ": cancelled", out.record.how_far};
        out.error = std::make_exception_ptr(cancelled);
    }
}

} // namespace smelt::http
