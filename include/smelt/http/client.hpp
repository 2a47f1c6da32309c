#pragma once

#include "smelt/base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smelt::http {

using std::chrono::milliseconds;
using headers = std::vector<std::pair<std::string, std::string>>;

/// Bytes per second that a transfer must reach over each idle_timeout; only time spent waiting for the other side
/// counts.
inline constexpr std::size_t least_rate = 1024;

/// Every duration has a meaning for zero: no limit.
struct client_options {
    milliseconds connect_timeout{
        std::chrono::seconds{15}};                       ///< resolve + connect (a proxy's tunnel, too) + TLS handshake
    milliseconds idle_timeout{std::chrono::seconds{60}}; ///< no byte moved in either direction, or too few
    /// From the end of the request to the end of the answer, or to the end of the head of one that is streamed.
    milliseconds answer_timeout{std::chrono::minutes{2}};
    std::string ca_file;           ///< trusted besides the system's store
    bool allow_plain_http = false; ///< http:// to a host that is not loopback
    std::string proxy; ///< a URL for all requests, "none", or empty: the environment decides (smelt/http/proxy.hpp)
    /// Only to addresses of the public internet, as far as a proxy does not look the host up itself: what is to be
    /// fetched was not chosen by who runs this machine.
    bool public_only = false;
    std::vector<std::string> trusted_hosts; ///< names for which public_only does not hold
    std::size_t connections_per_host = 16;
    int retries = 4; ///< for idempotent calls
    std::string user_agent;
};

/// How far a failed exchange had got; decides what a failure proves.
enum class send_progress {
    not_sent, ///< before the first byte of the request was written: the server knows nothing
    sent,     ///< at least one byte was written: the outcome is unknown
};

/// The exchange broke before a whole answer was read. what() names host and step, never a header or a body.
class transport_error;

struct response {
    int status = 0;
    headers fields;   ///< names in lower case
    std::string body; ///< whole body up to 8 MB, 64 KB when the status is not 2xx; never compressed
    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
    /// The server's clock when it answered (header Date): what its other times are to be compared with.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> date() const;
};

/// One part of multipart/form-data: either a value or a file that is streamed from disk.
struct form_part {
    std::string name;
    std::string value;
    std::filesystem::path file; ///< when not empty, the part's content
    std::string filename;       ///< sent as the part's filename
    std::string content_type;   ///< of a file part
};

/// A body made of a file's lines, streamed from disk: what separates two lines is `separator` instead of the newline,
/// and the last line's newline is left out. Every line of the file ends with one.
struct joined_lines {
    std::string before;
    std::filesystem::path file;
    char separator = ',';
    std::string after;
};

struct request {
    std::string method = "GET";
    std::string url; ///< absolute
    headers fields;
    std::string body;
    std::string content_type;
    std::vector<form_part> form;       ///< when not empty, body is ignored and multipart/form-data is sent
    std::optional<joined_lines> lines; ///< when set, body is ignored and this is sent
    std::filesystem::path file;        ///< when not empty, body is ignored and the file is sent as it is
    /// Repeating it changes nothing: retries per client_options, Retry-After honoured (ignored above 60 s), and a
    /// reused connection that breaks before the first answer byte is replaced once. Never set for a create.
    bool idempotent = true;
    /// Keys in the address: a redirect that takes one of them to another origin is not followed.
    std::vector<std::string> keys;
    /// Not idempotent, but a kept-alive connection will do: one that the server closes in that moment is an error, and
    /// what became of the request is not known.
    bool kept_alive = false;
    /// The whole exchange must end by then or the socket is closed (transport_error). Empty: only the other limits
    /// apply.
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// Receives a body in pieces; awaited, so a slow receiver slows the sender.
using body_sink = std::function<boost::asio::awaitable<void>(std::string_view)>;

/// HTTP/1.1 over TLS with a keep-alive pool, for coroutines of one io_context. TLS is verified. Redirects of idempotent
/// GET and HEAD are followed, at most 5: none of the request's own header fields leaves its origin (scheme, host and
/// port), and none leads from https to http, except to this machine itself.
class client {
  public:
    client(boost::asio::any_io_executor executor, client_options options);
    ~client();
    client(const client &) = delete;
    client &operator=(const client &) = delete;

    /// Any status is an answer. Throws transport_error, or unavailable/usage_error for a bad URL or a certificate that
    /// does not verify.
    boost::asio::awaitable<response> send(const request &r);

    /// Streams a 2xx body into the sink, decompressed; other statuses come back as from send, with nothing sent to the
    /// sink. A body cut short throws transport_error. Not retried once the sink has seen a byte.
    boost::asio::awaitable<response> download(const request &r, const body_sink &sink);

    /// Why the last try that came to its end has failed; empty when it was answered. A server's 5xx is a failure.
    [[nodiscard]] const std::string &failing() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

class transport_error : public error {
  public:
    transport_error(const std::string &message, send_progress how_far) : error{message}, how_far_{how_far} {}
    [[nodiscard]] send_progress how_far() const noexcept { return how_far_; }
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::unavailable; }

  private:
    send_progress how_far_;
};

} // namespace smelt::http
