#include "scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace smelt::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using shared = std::shared_ptr<scripted_server::state>;

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t body_kept = 1 << 20;

seen_request parse_head(std::string head) {
    seen_request out;
    out.method = head.substr(0, head.find(' '));
    const auto from = out.method.size() + 1;
    out.target = head.substr(from, head.find(' ', from) - from);
    out.head = std::move(head);
    return out;
}

template <class Stream>
awaitable<bool> read_body(Stream &stream, std::string &buffer, seen_request &request) {
    const auto length = request.header("content-length");
    const std::size_t wanted = length.empty() ? 0 : std::stoul(length);
    std::string block(64 * 1024, '\0');
    while (true) {
        const auto take = std::min(buffer.size(), wanted - request.body_bytes);
        request.body_bytes += take;
        request.body.append(buffer, 0, std::min(take, body_kept - std::min(body_kept, request.body.size())));
        buffer.erase(0, take);
        if (request.body_bytes == wanted)
            co_return true;
        const auto [error, bytes] = co_await stream.async_read_some(asio::buffer(block), quietly);
        if (error)
            co_return false;
        buffer.assign(block, 0, bytes);
    }
}

template <class Stream>
awaitable<bool> play(Stream &stream, const reply &r) {
    const auto [error, bytes] = co_await asio::async_write(stream, asio::buffer(r.bytes), quietly);
    co_return !error && !r.close;
}

/// Until the client has had enough.
template <class Stream>
awaitable<void> drip(Stream &stream, const std::string &bytes) {
    asio::steady_timer timer{stream.get_executor()};
    std::string next = bytes;
    for (;;) {
        const auto [error, sent] = co_await asio::async_write(stream, asio::buffer(next), quietly);
        if (error)
            co_return;
        next = "x";
        timer.expires_after(std::chrono::milliseconds{5});
        co_await timer.async_wait(asio::use_awaitable);
    }
}

template <class From, class To>
awaitable<void> pump(From &from, To &to) {
    std::string block(64 * 1024, '\0');
    for (;;) {
        const auto [error, bytes] = co_await from.async_read_some(asio::buffer(block), quietly);
        if (error)
            co_return;
        const auto [failure, sent] = co_await asio::async_write(to, asio::buffer(block.data(), bytes), quietly);
        if (failure)
            co_return;
    }
}

/// As a proxy does after CONNECT, whatever name the request gives.
template <class Stream>
awaitable<void> tunnel(Stream &stream, const std::string &target, const std::string &bytes) {
    using namespace asio::experimental::awaitable_operators;
    const auto port = static_cast<unsigned short>(std::stoul(target.substr(target.rfind(':') + 1)));
    const tcp::endpoint there{asio::ip::address_v4::loopback(), port};
    tcp::socket behind{stream.get_executor()};
    co_await behind.async_connect(there, asio::use_awaitable);
    co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
    co_await (pump(stream, behind) || pump(behind, stream));
}

/// One request and its reply; false ends the connection.
template <class Stream>
awaitable<bool> serve(Stream &stream, std::string &buffer, const shared &state, int connection) {
    const auto [error, head_size] =
        co_await asio::async_read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n", quietly);
    if (error) {
        state->closed_by_client += 1;
        co_return false;
    }
    auto request = parse_head(buffer.substr(0, head_size));
    request.connection = connection;
    buffer.erase(0, head_size);
    reply r = doing(reply::action_kind::drop);
    if (!state->script.empty()) {
        r = state->script.front();
        state->script.pop_front();
    }
    const bool early = r.action == reply::action_kind::early;
    const bool whole = early || co_await read_body(stream, buffer, request);
    const auto target = request.target;
    state->seen.push_back(std::move(request));
    if (!whole || r.action == reply::action_kind::drop)
        co_return false;
    if (r.action == reply::action_kind::hang) {
        std::array<char, 1> byte{};
        const auto [closed, none] = co_await stream.async_read_some(asio::buffer(byte), quietly);
        state->closed_by_client += closed ? 1 : 0;
        co_return false;
    }
    if (r.action == reply::action_kind::drip) {
        co_await drip(stream, r.bytes);
        state->closed_by_client += 1;
        co_return false;
    }
    if (r.action == reply::action_kind::tunnel) {
        co_await tunnel(stream, target, r.bytes);
        co_return false;
    }
    const bool goes_on = co_await play(stream, r);
    co_return goes_on && !early;
}

template <class Stream>
awaitable<void> session(Stream stream, shared state, int connection) {
    std::string buffer;
    bool goes_on = true;
    while (goes_on)
        goes_on = co_await serve(stream, buffer, state, connection);
}

awaitable<void> tls_session(asio::ssl::stream<tcp::socket> stream, shared state, int connection) {
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, quietly);
    if (!error)
        co_await session(std::move(stream), state, connection);
}

awaitable<void> listen(tcp::acceptor acceptor, shared state, asio::ssl::context *tls) {
    while (true) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        const int number = ++state->connections;
        if (tls == nullptr)
            asio::co_spawn(acceptor.get_executor(), session(std::move(socket), state, number), asio::detached);
        else
            asio::co_spawn(acceptor.get_executor(), tls_session({std::move(socket), *tls}, state, number),
                           asio::detached);
    }
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

reply answer(int status, std::string_view body, std::string_view more_header) {
    reply out;
    out.bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
                std::string{more_header} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                std::string{body};
    return out;
}

reply raw(std::string bytes, bool close) {
    reply out;
    out.bytes = std::move(bytes);
    out.close = close;
    return out;
}

reply doing(reply::action_kind action, std::string bytes) {
    reply out;
    out.action = action;
    out.bytes = std::move(bytes);
    return out;
}

std::string seen_request::header(std::string_view name) const {
    std::string low = head;
    std::transform(low.begin(), low.end(), low.begin(), lower);
    const auto at = low.find("\r\n" + std::string{name} + ": ");
    if (at == std::string::npos)
        return {};
    const auto from = at + 4 + name.size();
    return head.substr(from, head.find("\r\n", from) - from);
}

scripted_server::scripted_server(asio::io_context &io, asio::ssl::context *tls) : tls_{tls != nullptr} {
    tcp::acceptor acceptor{io, tcp::endpoint{asio::ip::make_address("127.0.0.1"), 0}};
    port_ = acceptor.local_endpoint().port();
    asio::co_spawn(io, listen(std::move(acceptor), state_, tls), asio::detached);
}

std::string scripted_server::url(std::string_view path, std::string_view host) const {
    return (tls_ ? "https://" : "http://") + std::string{host} + ":" + std::to_string(port_) + std::string{path};
}

} // namespace smelt::test
