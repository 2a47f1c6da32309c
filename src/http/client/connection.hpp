#pragma once

#include "smelt/base/url.hpp"
#include "smelt/http/client.hpp"
#include "smelt/http/proxy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

/// Bytes to and from one server, plain or TLS, with a time limit per step. The only part of the client that knows
/// streams.
namespace smelt::http {

using boost::asio::awaitable;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

/// A point in time that never comes: no limit.
inline constexpr clock::time_point never = clock::time_point::max();

struct io_result {
    error_code error;
    std::size_t bytes = 0;
};

/// Owns its socket: destroying it closes the socket at once. After any error it is dead and must be destroyed.
class connection {
  public:
    connection() = default;
    connection(const connection &) = delete;
    connection &operator=(const connection &) = delete;
    virtual ~connection() = default;

    virtual awaitable<io_result> read_some(std::span<char> into, clock::time_point until) = 0;
    virtual awaitable<io_result> write_some(std::string_view bytes, clock::time_point until) = 0;
    /// An idle HTTP/1.1 connection has nothing to say: anything readable means that the peer closed it or broke the
    /// protocol. Only meaningful after a whole exchange (TLS 1.3 tickets wait on a new one).
    [[nodiscard]] virtual bool quiet() = 0;
    /// A write that failed wrote nothing; false where a TLS record may have left in part.
    [[nodiscard]] virtual bool failed_write_is_exact() const = 0;
};

/// Resolve, connect, TLS handshake with a verified name, all before `until`. Throws transport_error(not_sent), and
/// unavailable when the certificate does not verify or a proxy wants a password. context may be null for plain http;
/// via is null without a proxy.
/// public_only: see client_options; throws usage_error for a host that has only other addresses.
awaitable<std::unique_ptr<connection>> open_connection(boost::asio::any_io_executor executor, const url &to,
                                                       const proxy *via, boost::asio::ssl::context *context,
                                                       bool public_only, clock::time_point until);

/// Has the proxy join a connection to it with `to` (CONNECT). Throws as open_connection.
awaitable<void> open_tunnel(connection &link, const url &to, const proxy &via, clock::time_point until);

/// What a proxy's own refusal means: nothing reached the server.
[[noreturn]] void throw_refused_by_proxy(const url &to, const proxy &via, int status);

/// Verifies peers against the system's store and, when it is not empty, ca_file (PEM). Throws usage_error naming the
/// file.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(const std::string &ca_file);

/// transport_error that says that bytes moved more slowly than least_rate.
[[noreturn]] void throw_too_slow(const url &to, std::string_view step, send_progress how_far);

/// transport_error that names the host and the step, and nothing that was said.
[[noreturn]] void throw_transport(const url &to, std::string_view step, error_code why, send_progress how_far);

} // namespace smelt::http
