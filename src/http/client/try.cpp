#include "try.hpp"

#include <boost/asio/error.hpp>

#include <charconv>

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

awaitable<response> exchange_on(exchange &x, const std::vector<segment> &segments) {
    const auto error = co_await write_request(x, segments);
    const bool hopeless = x.record.how_far == send_progress::not_sent || error == asio::error::operation_aborted;
    if (error && (hopeless || x.limits.over()))
        throw_transport(x.to, "send", error, x.record.how_far);
    if (error) {
        auto refusal = co_await read_refusal(x, error);
        co_return refusal;
    }
    auto answer = co_await read_response(x);
    co_return answer;
}

/// For how long a connection may be kept, as far as the server says it: "Keep-Alive: timeout=5".
clock::duration kept_for(const response &answer) {
    const auto text = answer.header("keep-alive");
    const auto at = text.find("timeout=");
    unsigned seconds = 0;
    if (at == std::string_view::npos ||
        std::from_chars(text.data() + at + 8, text.data() + text.size(), seconds).ec != std::errc{})
        return clock::duration::max();
    // What we send at the last moment would arrive after it.
    return std::chrono::seconds{seconds > 0 ? seconds - 1 : 0};
}

/// One try on one connection.
awaitable<response> exchange_once(shared_state &state, const request &r, const url &to, const body_sink *sink,
                                  reuse how, tried &out) {
    const auto limits = make_limits(state.options, r.deadline);
    const auto *via = state.way_to(to);
    const auto segments = serialize(r, to, via, state.options.user_agent);
    auto slot = co_await state.pool->take(to, how, limits.deadline);
    out.reused = slot.reused;
    if (!slot.link)
        slot.link =
            co_await open_connection(state.executor, to, via, to.tls ? state.context() : nullptr,
                                     state.is_public_only(to), after(state.options.connect_timeout, limits.deadline));
    exchange x{*slot.link, to, r.method, limits, sink, out.record};
    try {
        auto answer = co_await exchange_on(x, segments);
        if (answer.status == 407 && via != nullptr && !to.tls)
            throw_refused_by_proxy(to, *via, answer.status);
        if (out.record.reusable)
            slot.keep(kept_for(answer));
        co_return answer;
    } catch (const transport_error &) {
        if (how == reuse::careful && out.reused && out.record.peer_closed && !out.record.answered)
            slot.distrust();
        throw;
    }
}

} // namespace

const proxy *shared_state::way_to(const url &to) {
    const auto key = (to.tls ? "https://" : "http://") + to.authority();
    auto found = ways.find(key);
    if (found == ways.end()) {
        auto way = find_way_out(to, options.proxy, read_environment);
        found = ways.emplace(key, way ? std::optional{std::move(way->through)} : std::nullopt).first;
    }
    return found->second ? &*found->second : nullptr;
}

awaitable<void> try_once(shared_state &state, const request &r, const url &to, const body_sink *sink, reuse how,
                         tried &out) {
    try {
        out.answer = co_await exchange_once(state, r, to, sink, how, out);
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
