#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A small HTTP/1.1 server for coroutines: keep-alive, bodies streamed in both directions in bounded memory. It speaks
/// plain HTTP and belongs on loopback or behind a proxy that speaks TLS.
namespace smelt::http {

using std::chrono::milliseconds;
using headers = std::vector<std::pair<std::string, std::string>>;

struct server_options {
    std::string address = "127.0.0.1"; ///< numeric
    std::uint16_t port = 0;            ///< 0: any free one, see server::port()
    std::size_t header_limit = 64 * 1024;
    std::uint64_t body_limit = 64 * 1024 * 1024;
    milliseconds idle_timeout{std::chrono::seconds{60}}; ///< no byte moved on a connection; zero: no limit
    std::size_t connections = 1024;                      ///< more are closed as they come
};

/// The request's body is longer than body_limit. The server answers 413 unless the handler catches it.
class body_too_large : public std::runtime_error {
  public:
    body_too_large() : std::runtime_error{"the request body is too large"} {}
};

/// Thrown by a handler to close the connection without an answer; what a crashing service looks like from outside.
class drop_connection : public std::runtime_error {
  public:
    drop_connection() : std::runtime_error{"connection dropped on purpose"} {}
};

/// Pieces of a request's body. The view holds until the next call; an empty one is the end. Throws body_too_large, or
/// boost::system::system_error when the client went away.
class body_reader {
  public:
    virtual ~body_reader() = default;
    virtual boost::asio::awaitable<std::string_view> next() = 0;
};

/// A request whose head was read; its body is read by the handler, or skipped after the answer when it is not.
struct server_request {
    std::string method;
    std::string path; ///< percent-decoded, without the query
    headers query;    ///< decoded name-value pairs in their order
    headers fields;   ///< names in lower case
    body_reader *body = nullptr;

    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const; ///< empty: absent
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
    /// The whole body. Throws body_too_large above limit.
    boost::asio::awaitable<std::string> read_all(std::size_t limit) const;
};

/// Pieces of an answer's body. Empty is the end. One that throws breaks the connection, so the client sees a body cut
/// short.
using body_source = std::function<boost::asio::awaitable<std::string>()>;

/// An answer: a text, a file that is streamed from disk, or a source that is pulled as fast as the client reads.
class server_response {
  public:
    server_response() = default;
    server_response(int code, std::string text) : status{code}, body{std::move(text)} {}

    int status = 200;
    std::string content_type = "application/json";
    headers fields; ///< besides those of the protocol; a Date among them takes the place of this machine's
    std::string body;
    std::filesystem::path file;          ///< when not empty, body is ignored
    body_source source;                  ///< when set, body and file are ignored
    std::optional<std::uint64_t> length; ///< of source; empty: chunked coding
    bool close = false;                  ///< the connection ends with this answer
};

/// Called for each request, one at a time per connection. An exception that is none of the above becomes a 500 without
/// details.
using handler = std::function<boost::asio::awaitable<server_response>(server_request &)>;

/// All of it runs on one executor, which must run one handler at a time (a single-threaded io_context or a strand).
class server {
  public:
    /// Binds and listens at once. Throws unavailable, naming address and port, when it cannot.
    server(boost::asio::any_io_executor executor, server_options options, handler on_request);
    ~server(); ///< as stop with no grace, without waiting
    server(const server &) = delete;
    server &operator=(const server &) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;

    /// Takes no new connections, closes the idle ones, lets answers under way end within grace, closes the rest, and
    /// returns when all connections have ended.
    boost::asio::awaitable<void> stop(milliseconds grace);

  private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

} // namespace smelt::http
