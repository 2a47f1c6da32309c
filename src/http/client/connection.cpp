#include "connection.hpp"

#include "public_address.hpp"
#include "resolve.hpp"

#include "smelt/base/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <sys/socket.h>

namespace smelt::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tls_stream = asio::ssl::stream<beast::tcp_stream>;

void limit(beast::tcp_stream &stream, clock::time_point until) {
    if (until == never)
        stream.expires_never();
    else
        stream.expires_at(until);
}

beast::tcp_stream &lowest(beast::tcp_stream &stream) {
    return stream;
}
beast::tcp_stream &lowest(tls_stream &stream) {
    return stream.next_layer();
}

template <class Stream>
class stream_connection final : public connection {
  public:
    template <class... Args>
    explicit stream_connection(Args &&...args) : stream_{std::forward<Args>(args)...} {}

    awaitable<io_result> read_some(std::span<char> into, clock::time_point until) override {
        limit(lowest(stream_), until);
        const auto buffer = asio::buffer(into.data(), into.size());
        const auto [error, bytes] = co_await stream_.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
        co_return io_result{error, bytes};
    }
    awaitable<io_result> write_some(std::string_view bytes, clock::time_point until) override {
        limit(lowest(stream_), until);
        const auto buffer = asio::buffer(bytes.data(), bytes.size());
        const auto [error, written] = co_await stream_.async_write_some(buffer, asio::as_tuple(asio::use_awaitable));
        co_return io_result{error, written};
    }
    bool quiet() override {
        char byte = 0;
        const auto got = ::recv(lowest(stream_).socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
    bool failed_write_is_exact() const override { return std::is_same_v<Stream, beast::tcp_stream>; }

    Stream &stream() { return stream_; }

  private:
    Stream stream_;
};

[[noreturn]] void refuse_private(const url &to) {
    throw usage_error{to.authority() +
                          ": this is an address of this machine or of a private network, which is not fetched from",
                      "if it is meant, name the host in the environment of the run: SMELT_FETCH_PRIVATE=" + to.host};
}

/// Checked after the name was looked up, and the connection is made to what was checked.
void keep_public(std::vector<asio::ip::tcp::endpoint> &endpoints, const url &to) {
    std::erase_if(endpoints, [](const auto &endpoint) { return !is_public(endpoint.address()); });
    if (endpoints.empty())
        refuse_private(to);
}

/// What a proxy looks up itself cannot be checked here but for what the name says.
void refuse_private_name(const url &to) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(to.host, not_an_address);
    if (to.loopback() || (!not_an_address && !is_public(address)))
        refuse_private(to);
}

/// To the server, or to the proxy before it.
awaitable<void> connect(beast::tcp_stream &stream, const url &to, const proxy *via, bool public_only,
                        clock::time_point until) {
    if (public_only && via != nullptr)
        refuse_private_name(to);
    auto endpoints = co_await resolve(stream.get_executor(), via == nullptr ? to : via->address, until);
    if (public_only && via == nullptr)
        keep_public(endpoints, to);
    limit(stream, until);
    const auto [error, endpoint] = co_await stream.async_connect(endpoints, asio::as_tuple(asio::use_awaitable));
    if (error)
        throw_transport(to, via == nullptr ? "connect" : "connect to the proxy " + via->name(), error,
                        send_progress::not_sent);
    error_code ignored;
    stream.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
}

[[noreturn]] void throw_untrusted(const url &to, long verdict) {
    // Asio's check of the name refuses without giving OpenSSL a reason of its own.
    const bool name = verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED;
    const std::string why = name ? "it is made out to another host name" : X509_verify_cert_error_string(verdict);
    throw unavailable{to.authority() + ": the server's certificate cannot be trusted: " + why,
                      "check the base URL; for a private authority set provider.ca_file to its certificate (PEM)"};
}

awaitable<void> handshake(tls_stream &stream, const url &to, clock::time_point until) {
    error_code not_an_address;
    (void)asio::ip::make_address(to.host, not_an_address);
    // SNI is for names only (RFC 6066 section 3).
    if (not_an_address && SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str()) != 1)
        throw_transport(to, "prepare TLS", error_code{asio::error::invalid_argument}, send_progress::not_sent);
    stream.set_verify_callback(asio::ssl::host_name_verification{to.host});
    limit(stream.next_layer(), until);
    const auto [error] = co_await stream.async_handshake(tls_stream::client, asio::as_tuple(asio::use_awaitable));
    if (!error)
        co_return;
    if (error.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        throw_untrusted(to, SSL_get_verify_result(stream.native_handle()));
    throw_transport(to, "TLS handshake", error, send_progress::not_sent);
}

} // namespace

awaitable<std::unique_ptr<connection>> open_connection(asio::any_io_executor executor, const url &to, const proxy *via,
                                                       asio::ssl::context *context, bool public_only,
                                                       clock::time_point until) {
    auto plain = std::make_unique<stream_connection<beast::tcp_stream>>(executor);
    co_await connect(plain->stream(), to, via, public_only, until);
    if (!to.tls)
        co_return plain;
    if (via != nullptr)
        co_await open_tunnel(*plain, to, *via, until);
    auto secure = std::make_unique<stream_connection<tls_stream>>(std::move(plain->stream()), *context);
    co_await handshake(secure->stream(), to, until);
    co_return secure;
}

void throw_too_slow(const url &to, std::string_view step, send_progress how_far) {
    throw transport_error{to.authority() + ": " + std::string{step} + ": fewer than " + std::to_string(least_rate) +
                              " bytes per second moved",
                          how_far};
}

void throw_transport(const url &to, std::string_view step, error_code why, send_progress how_far) {
    const bool timeout = why == beast::error::timeout || why == asio::error::timed_out;
    const std::string reason = timeout                                 ? "no answer in time"
                               : why == asio::error::operation_aborted ? "cancelled"
                                                                       : why.message();
    throw transport_error{to.authority() + ": " + std::string{step} + ": " + reason, how_far};
}

} // namespace smelt::http
