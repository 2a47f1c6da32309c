#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <cstdint>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace smelt;
using namespace std::chrono_literals;

asio::awaitable<void> answer(tcp::acceptor &acceptor, std::string_view bytes) {
    boost::system::error_code ignored;
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    std::string request;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n",
                                    asio::redirect_error(asio::use_awaitable, ignored));
    co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()),
                               asio::redirect_error(asio::use_awaitable, ignored));
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> ask(asio::io_context &io, unsigned short port, bool streamed) {
    http::client_options options;
    options.retries = 0;
    options.idle_timeout = 1s;
    http::client client{io.get_executor(), options};
    http::request request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + "/";
    request.idempotent = false;
    const http::body_sink sink = [](std::string_view) -> asio::awaitable<void> { co_return; };
    try {
        if (streamed)
            co_await client.download(request, sink);
        else
            co_await client.send(request);
    } catch (const http::transport_error &) {
    } catch (const error &) {
    }
}

} // namespace

/// Whatever a server answers, it is an answer or a transport error. The first byte chooses between a whole and a
/// streamed body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0)
        return 0;
    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    const std::string_view bytes{reinterpret_cast<const char *>(data) + 1, size - 1};
    asio::co_spawn(io, answer(acceptor, bytes), asio::detached);
    asio::co_spawn(io, ask(io, acceptor.local_endpoint().port(), (data[0] & 1) != 0),
                   [&io](std::exception_ptr failure) {
                       if (failure)
                           __builtin_trap();
                       io.stop();
                   });
    io.run();
    return 0;
}
