#include "smelt/http/server.hpp"

#include "session.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>

namespace smelt::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Shared with the accept loop and every connection, so that a server may be destroyed while they unwind.
struct server::impl : std::enable_shared_from_this<server::impl> {
    impl(asio::any_io_executor where, server_options settings, handler handle)
        : executor{std::move(where)},
          options{std::move(settings)},
          on_request{std::move(handle)},
          acceptor{executor},
          all_ended{executor} {}

    void listen();
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(std::shared_ptr<server_session> session);
    void close_listener() {
        error_code ignored;
        acceptor.close(ignored);
    }

    asio::any_io_executor executor;
    server_options options;
    handler on_request;
    tcp::acceptor acceptor;
    std::set<std::shared_ptr<server_session>> sessions;
    asio::steady_timer all_ended;
    std::uint16_t port = 0;
};

void server::impl::listen() {
    try {
        const tcp::endpoint endpoint{asio::ip::make_address(options.address), options.port};
        acceptor.open(endpoint.protocol());
        acceptor.set_option(asio::socket_base::reuse_address{true});
        acceptor.bind(endpoint);
        acceptor.listen();
        port = acceptor.local_endpoint().port();
    } catch (const boost::system::system_error &e) {
        const auto place = options.address + ":" + std::to_string(options.port);
        throw unavailable{"cannot listen on " + place + ": " + e.code().message(),
                          "choose another port, or port 0 for any free one"};
    }
}

asio::awaitable<void> server::impl::accept() {
    const auto self = shared_from_this();
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (!acceptor.is_open())
            co_return;
        if (error) { // out of descriptors or the like: connections that end make room
            log::warn("accept failed: {}", error.message());
            asio::steady_timer pause{executor, std::chrono::milliseconds{100}};
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        if (sessions.size() >= options.connections)
            continue;
        error_code ignored;
        socket.set_option(tcp::no_delay{true}, ignored);
        auto session = make_session(std::move(socket), options, on_request);
        sessions.insert(session);
        asio::co_spawn(executor, serve(std::move(session)), asio::detached);
    }
}

asio::awaitable<void> server::impl::serve(std::shared_ptr<server_session> session) {
    const auto self = shared_from_this();
    co_await session->run();
    sessions.erase(session);
    if (sessions.empty())
        all_ended.cancel();
}

server::server(asio::any_io_executor executor, server_options options, handler on_request)
    : impl_{std::make_shared<impl>(std::move(executor), std::move(options), std::move(on_request))} {
    impl_->listen();
    asio::co_spawn(impl_->executor, impl_->accept(), asio::detached);
}

server::~server() {
    impl_->close_listener();
    for (const auto &session : impl_->sessions)
        session->close();
}

std::uint16_t server::port() const noexcept {
    return impl_->port;
}

asio::awaitable<void> server::stop(milliseconds grace) {
    const auto state = impl_;
    state->close_listener();
    for (const auto &session : state->sessions) {
        session->finish();
        if (!session->busy())
            session->close();
    }
    state->all_ended.expires_after(grace);
    if (!state->sessions.empty())
        co_await state->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
    for (const auto &session : state->sessions)
        session->close();
    state->all_ended.expires_at(std::chrono::steady_clock::time_point::max());
    while (!state->sessions.empty())
        co_await state->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace smelt::http
