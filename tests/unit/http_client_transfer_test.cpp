#include "catch.hpp"
#include "scripted_server.hpp"

#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A file that is gone with the test.
struct spool {
    explicit spool(std::string_view content) {
        auto name = (std::filesystem::temp_directory_path() / "smelt-spool-XXXXXX").string();
        ::close(::mkstemp(name.data()));
        file = name;
        std::ofstream{file, std::ios::binary} << content;
    }
    ~spool() { std::filesystem::remove(file); }
    spool(const spool &) = delete;
    spool &operator=(const spool &) = delete;
    std::filesystem::path file;
};

http::request upload(const std::string &url, const std::filesystem::path &file) {
    http::form_part purpose;
    purpose.name = "purpose";
    purpose.value = "batch";
    http::form_part part;
    part.name = "file";
    part.file = file;
    part.filename = "in \"1\".jsonl";
    part.content_type = "application/jsonl";
    http::request r;
    r.method = "POST";
    r.url = url;
    r.form = {purpose, part};
    return r;
}

http::client_options options(int retries = 0) {
    http::client_options o;
    o.retries = retries;
    o.idle_timeout = 5s;
    return o;
}

struct downloaded {
    http::response head;
    std::string body;
    std::size_t longest_piece = 0;
    std::string error;
};

downloaded download(asio::io_context &io, http::client &client, const std::string &url) {
    downloaded out;
    run(io, [&]() -> asio::awaitable<void> {
        http::request r;
        r.url = url;
        const http::body_sink sink = [&](std::string_view piece) -> asio::awaitable<void> {
            out.body += piece;
            out.longest_piece = std::max(out.longest_piece, piece.size());
            co_await asio::post(asio::use_awaitable);
        };
        try {
            out.head = co_await client.download(r, sink);
        } catch (const http::transport_error &e) {
            out.error = e.what();
        }
    });
    io.restart();
    return out;
}

http::response send(asio::io_context &io, http::client &client, const http::request &r) {
    http::response out;
    run(io, [&]() -> asio::awaitable<void> { out = co_await client.send(r); });
    io.restart();
    return out;
}

} // namespace

TEST_CASE("a form with a file arrives with its length and its exact bytes") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "{}"));
    const spool file{"{\"a\":1}\n{\"b\":\"\xc3\xa4\"}\n"};
    http::client client{io.get_executor(), options()};
    CHECK(send(io, client, upload(server.url("/files"), file.file)).status == 200);
    const auto &seen = server.seen().at(0);
    const auto type = seen.header("content-type");
    REQUIRE(type.starts_with("multipart/form-data; boundary="));
    const auto boundary = type.substr(type.find('=') + 1);
    CHECK(seen.body == "--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--" +
                           boundary +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in %221%22.jsonl\"\r\n"
                           "Content-Type: application/jsonl\r\n\r\n{\"a\":1}\n{\"b\":\"\xc3\xa4\"}\n\r\n--" +
                           boundary + "--\r\n");
    CHECK(seen.header("content-length") == std::to_string(seen.body.size()));
}

TEST_CASE("an upload larger than every buffer is complete, and is rewound for a second try") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(500, "", "Retry-After-Ms: 1\r\n"));
    server.then(answer(200, "{}"));
    const spool file{std::string(3'000'000, 'x')};
    http::client client{io.get_executor(), options(1)};
    CHECK(send(io, client, upload(server.url("/files"), file.file)).status == 200);
    REQUIRE(server.seen().size() == 2);
    CHECK(server.seen()[0].body_bytes == server.seen()[1].body_bytes);
    CHECK(server.seen()[1].body_bytes > 3'000'000);
}

TEST_CASE("an upload that is refused early still yields the refusal") {
    asio::io_context io;
    scripted_server server{io};
    const auto refusal = answer(413, "{\"error\":{\"message\":\"too large\",\"type\":\"x\"}}");
    server.then(doing(reply::action_kind::early, refusal.bytes));
    const spool file{std::string(20'000'000, 'x')};
    http::client client{io.get_executor(), options()};
    const auto got = send(io, client, upload(server.url("/files"), file.file));
    CHECK(got.status == 413);
    CHECK_THAT(got.body, SMELT_CONTAINS("too large"));
}

TEST_CASE("an upload of a file that is not there is a usage error") {
    asio::io_context io;
    http::client client{io.get_executor(), options()};
    CHECK_THROWS_AS(send(io, client, upload("http://127.0.0.1:1/", "/nonexistent/x.jsonl")), usage_error);
}

TEST_CASE("a download reaches the sink whole and in bounded pieces") {
    asio::io_context io;
    scripted_server server{io};
    std::string body;
    for (int i = 0; i < 200'000; ++i)
        body += "line " + std::to_string(i) + "\n";
    http::client client{io.get_executor(), options()};
    SECTION("with a length") {
        server.then(answer(200, body));
    }
    SECTION("chunked") {
        std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 0x3001) {
            const auto piece = body.substr(at, 0x3001);
            std::array<char, 16> size{};
            std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
            bytes.append(size.data()).append(piece).append("\r\n");
        }
        server.then(raw(bytes + "0\r\n\r\n", false));
    }
    const auto got = download(io, client, server.url("/"));
    CHECK(got.error.empty());
    CHECK(got.head.status == 200);
    CHECK(got.head.body.empty());
    CHECK(got.body == body);
    CHECK(got.longest_piece <= 128 * 1024);
}

TEST_CASE("a download that is cut short is an error and is not repeated once the sink has seen a byte") {
    asio::io_context io;
    scripted_server server{io};
    SECTION("with a length") {
        server.then(raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true));
    }
    SECTION("chunked") {
        server.then(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", true));
    }
    server.then(answer(200, "whole"));
    http::client client{io.get_executor(), options(4)};
    const auto got = download(io, client, server.url("/"));
    CHECK(got.body == "half");
    CHECK_THAT(got.error, SMELT_CONTAINS("closed before its end"));
    CHECK(server.seen().size() == 1);
}

TEST_CASE("an error answer to a download comes back and leaves the sink alone") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(404, "{\"error\":{}}"));
    http::client client{io.get_executor(), options(4)};
    const auto got = download(io, client, server.url("/"));
    CHECK(got.head.status == 404);
    CHECK(got.head.body == "{\"error\":{}}");
    CHECK(got.body.empty());
}

TEST_CASE("an empty download is a download") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, ""));
    http::client client{io.get_executor(), options()};
    const auto got = download(io, client, server.url("/"));
    CHECK(got.error.empty());
    CHECK(got.body.empty());
}

TEST_CASE("what a sink throws reaches the caller unchanged") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "x"));
    http::client client{io.get_executor(), options(4)};
    auto call = [&]() -> asio::awaitable<void> {
        http::request r;
        r.url = server.url("/");
        const http::body_sink sink = [](std::string_view) -> asio::awaitable<void> {
            throw std::logic_error{"disk full"};
            co_return;
        };
        (void)co_await client.download(r, sink);
    };
    CHECK_THROWS_AS(run(io, call), std::logic_error);
    CHECK(server.seen().size() == 1);
}
