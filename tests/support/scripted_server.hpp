#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A server in the test's own io_context that plays a list of replies, one per request, whatever is asked.
namespace smelt::test {

struct reply {
    enum class action_kind {
        answer, ///< read the whole request, send `bytes`
        early,  ///< send `bytes` as soon as the header is read, and close without reading the body
        drop,   ///< read the whole request, close without a byte
        hang,   ///< read the whole request, never answer
        drip,   ///< read the whole request, send `bytes`, then a letter every few milliseconds until the client closes
        tunnel, ///< send `bytes`, then join the client with the port of this machine that the request names (CONNECT)
    } action = action_kind::answer;
    std::string bytes;
    bool close = false; ///< after the answer
};

/// A whole answer with Content-Length. More header lines end with \r\n each.
reply answer(int status, std::string_view body, std::string_view more_header = {});
reply raw(std::string bytes, bool close);
reply doing(reply::action_kind action, std::string bytes = {});

struct seen_request {
    std::string method;
    std::string target;
    std::string head;           ///< with the request line
    std::string body;           ///< its first megabyte
    std::size_t body_bytes = 0; ///< as received
    int connection = 0;         ///< counted from 1
    [[nodiscard]] std::string header(std::string_view name) const;
};

class scripted_server {
  public:
    /// Listens on a free port of the loopback. With tls it speaks TLS and nothing else.
    explicit scripted_server(boost::asio::io_context &io, boost::asio::ssl::context *tls = nullptr);

    void then(reply r) { state_->script.push_back(std::move(r)); }
    [[nodiscard]] std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;
    [[nodiscard]] const std::vector<seen_request> &seen() const { return state_->seen; }
    [[nodiscard]] int connections() const { return state_->connections; }
    /// Connections that the client closed while the server was hanging or waiting.
    [[nodiscard]] int closed_by_client() const { return state_->closed_by_client; }

    struct state {
        std::deque<reply> script;
        std::vector<seen_request> seen;
        int connections = 0;
        int closed_by_client = 0;
    };

  private:
    std::shared_ptr<state> state_ = std::make_shared<state>();
    unsigned short port_ = 0;
    bool tls_ = false;
};

/// Runs one coroutine to its end in io and passes its exception on.
template <class Body>
void run(boost::asio::io_context &io, Body body) {
    std::exception_ptr error;
    boost::asio::co_spawn(io, std::move(body), [&](const std::exception_ptr &e) {
        error = e;
        io.stop();
    });
    io.run();
    if (error)
        std::rethrow_exception(error);
}

} // namespace smelt::test
