#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <fstream>
#include <thread>

namespace asio = boost::asio;
namespace http = smelt::http;
using asio::ip::tcp;
using namespace std::string_literals;

namespace {

/// A server on a thread of its own; the test talks to it through a plain blocking socket.
class fixture {
  public:
    explicit fixture(http::handler handle, http::server_options options = {})
        : server{io.get_executor(), options, std::move(handle)}, thread{[this] { io.run(); }} {}
    ~fixture() {
        asio::co_spawn(io, server.stop(std::chrono::milliseconds{0}), asio::use_future).get();
        work.reset();
        thread.join();
    }
    tcp::socket connect() {
        tcp::socket socket{clients};
        socket.connect({asio::ip::address_v4::loopback(), server.port()});
        return socket;
    }

    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{
        io.get_executor()}; ///< run() outlives a stopped server
    asio::io_context clients;
    http::server server;
    std::thread thread;
};

/// Sends the text and reads until the server closes.
std::string ask(fixture &f, const std::string &text) {
    auto socket = f.connect();
    asio::write(socket, asio::buffer(text));
    std::string all;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(all), error);
    return all;
}

std::string last(const std::string &method, const std::string &path, const std::string &rest = "\r\n") {
    return method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + rest;
}

asio::awaitable<http::server_response> echo(http::server_request &request) {
    std::string text = request.method + " " + request.path;
    for (const auto &[name, value] : request.query)
        text += " " + name + "=" + value;
    const std::string body = co_await request.read_all(1024 * 1024);
    http::server_response response{200, text + " [" + body + "]"};
    co_return response;
}

asio::awaitable<http::server_response> count(http::server_request &request) {
    std::size_t bytes = 0;
    for (;;) {
        const std::string_view piece = co_await request.body->next();
        if (piece.empty())
            break;
        bytes += piece.size();
    }
    http::server_response response{200, std::to_string(bytes)};
    co_return response;
}

} // namespace

TEST_CASE("a request's path, query and body reach the handler") {
    fixture f{echo};
    const auto answer = ask(f, last("POST", "/a%20b?x=1+2&y=%26", "Content-Length: 5\r\n\r\nhello"));
    CHECK_THAT(answer, SMELT_CONTAINS("HTTP/1.1 200 OK"));
    CHECK_THAT(answer, SMELT_CONTAINS("POST /a b x=1 2 y=& [hello]"));
}

TEST_CASE("a connection serves several requests, pipelined or not") {
    fixture f{echo};
    const auto answer = ask(f, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" + last("GET", "/2"));
    CHECK_THAT(answer, SMELT_CONTAINS("GET /1 []"));
    CHECK_THAT(answer, SMELT_CONTAINS("GET /2 []"));
}

TEST_CASE("a chunked request body is read, too") {
    fixture f{echo};
    const auto answer = ask(f, last("POST", "/", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    CHECK_THAT(answer, SMELT_CONTAINS("[abcde]"));
}

TEST_CASE("a large body is streamed to the handler") {
    fixture f{count};
    const std::string body(5'000'000, 'x');
    const auto answer = ask(f, last("POST", "/", "Content-Length: 5000000\r\n\r\n" + body));
    CHECK_THAT(answer, SMELT_CONTAINS("\r\n\r\n5000000"));
}

TEST_CASE("a client that expects 100-continue gets it once the body is wanted") {
    fixture f{echo};
    const auto answer = ask(f, last("POST", "/", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab"));
    CHECK(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_CASE("bodies and heads above their limits are refused") {
    http::server_options options;
    options.body_limit = 100;
    options.header_limit = 1000;
    fixture f{count, options};
    CHECK_THAT(ask(f, last("POST", "/", "Content-Length: 101\r\n\r\n")), SMELT_CONTAINS("HTTP/1.1 413"));
    CHECK_THAT(
        ask(f, last("POST", "/", "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n")),
        SMELT_CONTAINS("HTTP/1.1 413"));
    CHECK_THAT(ask(f, last("GET", "/", "X: " + std::string(2000, 'x') + "\r\n\r\n")), SMELT_CONTAINS("HTTP/1.1 431"));
    CHECK_THAT(ask(f, "nonsense\r\n\r\n"), SMELT_CONTAINS("HTTP/1.1 400"));
}

TEST_CASE("an answer before the body was read is received, and the connection ends or goes on") {
    const auto refuse = [](http::server_request &) -> asio::awaitable<http::server_response> {
        http::server_response response{401, "no"};
        co_return response;
    };
    fixture f{refuse};
    const std::string small = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    const auto both = ask(f, small + last("GET", "/"));
    CHECK(both.find("401", both.find("401") + 5) != std::string::npos);
    auto socket = f.connect();
    asio::write(socket, asio::buffer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"s));
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(std::string(9'000'000, 'x')), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), ignored);
    CHECK_THAT(answer, SMELT_CONTAINS("HTTP/1.1 401"));
    CHECK_THAT(answer, SMELT_CONTAINS("Connection: close"));
}

TEST_CASE("a file is an answer's body") {
    const auto path = std::filesystem::temp_directory_path() / ("smelt-server-test-" + smelt::random_nonce());
    std::string content;
    for (int i = 0; i < 50'000; ++i)
        content += std::to_string(i) + "\n";
    std::ofstream{path, std::ios::binary} << content;
    const auto send_file = [&](http::server_request &) -> asio::awaitable<http::server_response> {
        http::server_response response;
        response.file = path;
        co_return response;
    };
    fixture f{send_file};
    const auto answer = ask(f, last("GET", "/"));
    CHECK_THAT(answer, SMELT_CONTAINS("Content-Length: " + std::to_string(content.size())));
    CHECK(answer.ends_with("\r\n\r\n" + content));
    CHECK(ask(f, last("HEAD", "/")).ends_with("\r\n\r\n"));
    std::filesystem::remove(path);
}

TEST_CASE("an answer may end its connection and bring its own date") {
    const http::handler handle = [](http::server_request &) -> asio::awaitable<http::server_response> {
        http::server_response response{200, "bye"};
        response.close = true;
        response.fields.emplace_back("Date", "Fri, 15 Jan 2027 08:00:00 GMT");
        co_return response;
    };
    fixture f{handle};
    const auto answer = ask(f, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"); // ends although the client would go on
    CHECK_THAT(answer, SMELT_CONTAINS("Connection: close"));
    CHECK_THAT(answer, SMELT_CONTAINS("Date: Fri, 15 Jan 2027 08:00:00 GMT"));
    CHECK(answer.find("Date:") == answer.rfind("Date:"));
}

TEST_CASE("a source is sent piece by piece, and one that throws cuts the body") {
    const auto pieces = [](http::server_request &request) -> asio::awaitable<http::server_response> {
        http::server_response response;
        const bool breaks = request.path == "/broken";
        response.source = [breaks, left = 3]() mutable -> asio::awaitable<std::string> {
            if (left == 1 && breaks)
                throw std::runtime_error{"cut"};
            co_return left-- > 0 ? "piece"s : ""s;
        };
        co_return response;
    };
    fixture f{pieces};
    CHECK(ask(f, last("GET", "/")).ends_with("\r\n\r\n5\r\npiece\r\n5\r\npiece\r\n5\r\npiece\r\n0\r\n\r\n"));
    CHECK(ask(f, last("GET", "/broken")).ends_with("\r\n\r\n5\r\npiece\r\n5\r\npiece\r\n"));
}

TEST_CASE("a handler that throws gives a 500 without details, one that drops gives nothing") {
    const auto fail = [](http::server_request &request) -> asio::awaitable<http::server_response> {
        if (request.path == "/drop")
            throw http::drop_connection{};
        throw std::runtime_error{"secret"};
        co_return http::server_response{};
    };
    fixture f{fail};
    const auto answer = ask(f, last("GET", "/"));
    CHECK_THAT(answer, SMELT_CONTAINS("HTTP/1.1 500"));
    CHECK(answer.find("secret") == std::string::npos);
    CHECK(ask(f, last("GET", "/drop")).empty());
}

TEST_CASE("stopping closes idle connections and refuses new ones") {
    fixture f{echo};
    auto idle = f.connect();
    asio::write(idle, asio::buffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n"s));
    std::string buffer;
    asio::read_until(idle, asio::dynamic_buffer(buffer), "[]");
    asio::co_spawn(f.io, f.server.stop(std::chrono::milliseconds{0}), asio::use_future).get();
    boost::system::error_code error;
    asio::read(idle, asio::dynamic_buffer(buffer), error);
    CHECK(error == asio::error::eof);
    REQUIRE_THROWS_AS(f.connect(), boost::system::system_error);
}

TEST_CASE("a port in use is an error that names it") {
    fixture f{echo};
    http::server_options options;
    options.port = f.server.port();
    asio::io_context io;
    REQUIRE_THROWS_WITH(http::server(io.get_executor(), options, echo),
                        SMELT_CONTAINS(std::to_string(f.server.port())));
}
