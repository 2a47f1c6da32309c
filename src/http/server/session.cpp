#include "session.hpp"

#include "target.hpp"
#include "writer.hpp"

#include "smelt/base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <array>

namespace smelt::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using boost::system::system_error;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

// What is read and thrown away after an early answer so that the connection can be used again; more costs more than a
// new one.
constexpr std::uint64_t skip_limit = 1024 * 1024;
// A client that is still sending must get the answer before a reset destroys it in its receive buffer.
constexpr std::chrono::seconds linger_limit{10};

using parser_type = beast::http::request_parser<beast::http::buffer_body>;

class session final : public server_session, private body_reader, public std::enable_shared_from_this<session> {
  public:
    session(asio::ip::tcp::socket socket, const server_options &options, const handler &on_request)
        : stream_{std::move(socket)}, options_{options}, on_request_{on_request} {
        buffer_.reserve(block_.size()); // Beast reads what fits into the capacity, which would begin at 512 bytes
    }

    asio::awaitable<void> run() override {
        const auto self = shared_from_this();
        try {
            bool again = true;
            while (again)
                again = co_await serve_one();
        } catch (const std::exception &e) {
            log::debug("connection ended: {}", e.what());
        }
        close();
    }

    [[nodiscard]] bool busy() const noexcept override { return busy_; }
    void finish() noexcept override { finishing_ = true; }
    void close() noexcept override {
        error_code ignored;
        stream_.socket().close(ignored);
    }

  private:
    asio::awaitable<bool> serve_one();
    asio::awaitable<bool> read_head();
    asio::awaitable<server_response> answer();
    asio::awaitable<std::string_view> next() override;
    asio::awaitable<void> skip_body();
    asio::awaitable<void> linger();
    server_request describe() const;
    [[nodiscard]] bool reusable() const;

    void arm() {
        if (options_.idle_timeout.count() > 0)
            stream_.expires_after(options_.idle_timeout);
        else
            stream_.expires_never();
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const server_options &options_;
    const handler &on_request_;
    std::optional<parser_type> parser_;
    std::array<char, 64 * 1024> block_;
    bool continue_wanted_ = false;
    bool busy_ = false;
    bool finishing_ = false;
};

asio::awaitable<bool> session::serve_one() {
    const bool understood = co_await read_head();
    if (!understood)
        co_return false;
    busy_ = true;
    server_response response = co_await answer();
    const bool keep = reusable() && !response.close;
    const bool head_only = parser_->get().method() == beast::http::verb::head;
    response_writer writer{stream_, options_.idle_timeout, parser_->get().version(), keep, head_only};
    co_await writer.write(response);
    if (!keep) {
        co_await linger();
        co_return false;
    }
    co_await skip_body();
    busy_ = false;
    co_return !finishing_;
}

asio::awaitable<bool> session::read_head() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(options_.header_limit));
    parser_->body_limit(options_.body_limit);
    arm();
    auto [error, size] = co_await beast::http::async_read_header(stream_, buffer_, *parser_, quietly);
    if (!error) {
        continue_wanted_ = beast::iequals(parser_->get()[beast::http::field::expect], "100-continue");
        co_return true;
    }
    int status = 0;
    if (error == beast::http::error::body_limit)
        status = 413;
    else if (error == beast::http::error::header_limit)
        status = 431;
    else if (error.category() == make_error_code(beast::http::error::bad_method).category() &&
             error != beast::http::error::end_of_stream && error != beast::http::error::partial_message)
        status = 400;
    if (status != 0) {
        server_response refusal{status, "{\"error\":{\"message\":\"bad request\",\"type\":\"invalid_request_error\","
                                        "\"param\":null,\"code\":null}}"};
        response_writer writer{stream_, options_.idle_timeout, 11, false, false};
        co_await writer.write(refusal);
        co_await linger();
    }
    co_return false;
}

asio::awaitable<server_response> session::answer() {
    server_request request = describe();
    request.body = this;
    int status = 500;
    try {
        server_response response = co_await on_request_(request);
        co_return response;
    } catch (const drop_connection &) {
        throw;
    } catch (const body_too_large &) {
        status = 413;
    } catch (const system_error &) {
        throw; // the client went away in the middle of its body
    } catch (const std::exception &e) {
        log::error("{} {}: {}", request.method, request.path, e.what());
    }
    const std::string message = status == 413 ? "request body too large" : "internal error";
    server_response failure{status, "{\"error\":{\"message\":\"" + message +
                                        "\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"};
    co_return failure;
}

server_request session::describe() const {
    const auto &head = parser_->get();
    server_request request;
    request.method = std::string{head.method_string()};
    auto parts = split_target(std::string_view{head.target().data(), head.target().size()});
    request.path = std::move(parts.path);
    request.query = std::move(parts.query);
    for (const auto &field : head) {
        std::string name{field.name_string()};
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        request.fields.emplace_back(std::move(name), std::string{field.value()});
    }
    return request;
}

asio::awaitable<std::string_view> session::next() {
    if (continue_wanted_) {
        continue_wanted_ = false;
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        arm();
        co_await asio::async_write(stream_, asio::buffer(go_on.data(), go_on.size()), asio::use_awaitable);
    }
    while (!parser_->is_done()) {
        auto &body = parser_->get().body();
        body.data = block_.data();
        body.size = block_.size();
        arm();
        auto [error, size] = co_await beast::http::async_read_some(stream_, buffer_, *parser_, quietly);
        if (error == beast::http::error::body_limit)
            throw body_too_large{};
        if (error && error != beast::http::error::need_buffer)
            throw system_error{error};
        if (const auto got = block_.size() - body.size; got > 0)
            co_return std::string_view{block_.data(), got};
    }
    co_return std::string_view{};
}

bool session::reusable() const {
    if (finishing_ || !parser_->keep_alive())
        return false;
    if (parser_->is_done())
        return true;
    const auto left = parser_->content_length_remaining();
    return !continue_wanted_ && left && *left <= skip_limit;
}

asio::awaitable<void> session::skip_body() {
    continue_wanted_ = false;
    for (;;) {
        const std::string_view piece = co_await next();
        if (piece.empty())
            co_return;
    }
}

asio::awaitable<void> session::linger() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_limit);
    for (;;) {
        auto [error, size] = co_await stream_.async_read_some(asio::buffer(block_), quietly);
        if (error)
            co_return;
    }
}

} // namespace

std::shared_ptr<server_session> make_session(asio::ip::tcp::socket socket, const server_options &options,
                                             const handler &on_request) {
    return std::make_shared<session>(std::move(socket), options, on_request);
}

} // namespace smelt::http
