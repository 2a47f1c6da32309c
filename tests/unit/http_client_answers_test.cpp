#include "catch.hpp"
#include "scripted_server.hpp"
#include "test_certificate.hpp"

#include "smelt/http/client.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <zlib.h>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr int gzip = 16 + MAX_WBITS, zlib = MAX_WBITS, bare = -MAX_WBITS;

std::string compressed(std::string_view text, int wrapping) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, wrapping, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

reply coded(int status, std::string_view bytes, const std::string &coding) {
    return answer(status, bytes, "Content-Encoding: " + coding + "\r\n");
}

http::client_options options() {
    http::client_options o;
    o.retries = 0;
    o.idle_timeout = 5s;
    return o;
}

http::request get(const std::string &url) {
    http::request r;
    r.url = url;
    r.fields = {{"Authorization", "Bearer key"}, {"api-key", "key"}, {"X-Any", "quirk"}};
    return r;
}

http::request ask_model(const std::string &url) {
    http::request r;
    r.method = "POST";
    r.url = url;
    r.body = "{}";
    r.idempotent = false;
    r.kept_alive = true;
    return r;
}

struct outcome {
    http::response head;
    std::string body; ///< that the sink got
    std::size_t longest_piece = 0, bytes = 0;
    std::string error;
};

/// With a sink it is a download.
outcome ask(asio::io_context &io, http::client &client, const http::request &r, bool streamed = false) {
    outcome out;
    const http::body_sink sink = [&](std::string_view piece) -> asio::awaitable<void> {
        out.bytes += piece.size();
        out.longest_piece = std::max(out.longest_piece, piece.size());
        if (out.body.size() < 1'000'000)
            out.body += piece;
        co_return;
    };
    run(io, [&]() -> asio::awaitable<void> {
        try {
            if (streamed)
                out.head = co_await client.download(r, sink);
            else
                out.head = co_await client.send(r);
        } catch (const http::transport_error &e) {
            out.error = e.what();
        }
    });
    io.restart();
    return out;
}

std::string redirect_to(const std::string &location) {
    return "Location: " + location + "\r\n";
}

} // namespace

TEST_CASE("compressed answers are asked for and read, whole and streamed") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    std::string text;
    for (int i = 0; i < 20'000; ++i)
        text += "{\"line\":" + std::to_string(i * 7919 % 10'007) + "}\n";
    const bool streamed = GENERATE(false, true);
    const auto [bytes, coding] =
        GENERATE_COPY(std::pair{compressed(text, gzip), "gzip"}, std::pair{compressed(text, gzip), "X-GZip"},
                      std::pair{compressed(text, zlib), "deflate"}, std::pair{compressed(text, bare), "deflate"},
                      std::pair{compressed(text.substr(0, 1000), gzip) + compressed(text.substr(1000), gzip), "gzip"},
                      std::pair{text, "identity"});
    server.then(coded(200, bytes, coding));
    const auto got = ask(io, client, get(server.url("/")), streamed);
    CHECK(got.error.empty());
    CHECK((streamed ? got.body : got.head.body) == text);
    CHECK(got.longest_piece <= 64 * 1024);
    CHECK(server.seen().at(0).header("accept-encoding") == "gzip");
}

TEST_CASE("a refusal may be compressed, and an empty body may claim to be") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    server.then(coded(429, compressed("{\"error\":\"slow down\"}", gzip), "gzip"));
    server.then(coded(200, "", "gzip"));
    CHECK(ask(io, client, get(server.url("/")), true).head.body == "{\"error\":\"slow down\"}");
    CHECK(ask(io, client, get(server.url("/"))).error.empty());
    CHECK(server.connections() == 1);
}

TEST_CASE("a coding that nobody asked for is named, and of a refusal the status still counts") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    server.then(coded(200, "???", "br"));
    server.then(coded(200, "???", "gzip, zstd"));
    server.then(coded(401, "???", "br"));
    CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("'br'"));
    CHECK_THAT(ask(io, client, get(server.url("/")), true).error, SMELT_CONTAINS("'gzip, zstd'"));
    const auto refused = ask(io, client, get(server.url("/"))).head;
    CHECK(refused.status == 401);
    CHECK_THAT(refused.body, SMELT_CONTAINS("'br'"));
}

TEST_CASE("a compressed body that is cut short or damaged is an error") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    const auto whole = compressed(std::string(5000, 'a') + "end", gzip);
    auto damaged = whole;
    auto &in_checksum = damaged[damaged.size() - 6];
    in_checksum = static_cast<char>(in_checksum ^ 0x55);
    server.then(coded(200, whole.substr(0, whole.size() - 1), "gzip"));
    server.then(coded(200, damaged, "gzip"));
    server.then(coded(200, "plain text", "gzip"));
    CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("cut short"));
    CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("damaged"));
    CHECK_THAT(ask(io, client, get(server.url("/")), true).error, SMELT_CONTAINS("damaged"));
}

TEST_CASE("what a few bytes grow to is bounded like any other body") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    const auto bomb = compressed(std::string(20'000'000, ' '), gzip);
    server.then(coded(200, bomb, "gzip"));
    server.then(coded(500, bomb, "gzip"));
    server.then(coded(200, bomb, "gzip"));
    CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("longer than 8 MB"));
    CHECK(ask(io, client, get(server.url("/"))).head.body.size() == 64 * 1024);
    const auto streamed = ask(io, client, get(server.url("/")), true);
    CHECK(streamed.bytes == 20'000'000);
    CHECK(streamed.longest_piece <= 64 * 1024);
}

TEST_CASE("a reader follows a redirect, and its key stays with the origin that it was meant for") {
    asio::io_context io;
    scripted_server server{io}, storage{io};
    http::client client{io.get_executor(), options()};
    const int status = GENERATE(301, 302, 303, 307, 308);
    SECTION("within the origin the key goes along") {
        server.then(answer(status, "moved", redirect_to("../files/f1?sig=a%20b#part")));
        server.then(answer(200, "content"));
        const auto got = ask(io, client, get(server.url("/v1/batches/b1")), true);
        CHECK(got.body == "content");
        REQUIRE(server.seen().size() == 2);
        CHECK(server.seen()[1].target == "/v1/files/f1?sig=a%20b");
        CHECK(server.seen()[1].header("authorization") == "Bearer key");
        CHECK(server.seen()[1].header("x-any") == "quirk");
    }
    SECTION("another origin sees none of it, and it does not come back with a second redirect") {
        server.then(answer(status, "moved", redirect_to(storage.url("/there"))));
        storage.then(answer(status, "moved", redirect_to(server.url("/back"))));
        server.then(answer(200, "content"));
        CHECK(ask(io, client, get(server.url("/v1/files/f1/content"))).head.body == "content");
        REQUIRE(storage.seen().size() == 1);
        REQUIRE(server.seen().size() == 2);
        for (const auto *seen : {&storage.seen()[0], &server.seen()[1]})
            CHECK_THAT(seen->head, !SMELT_CONTAINS("key") && !SMELT_CONTAINS("quirk"));
    }
}

TEST_CASE("redirects end, and lead nowhere that would give a secret away") {
    asio::io_context io;
    test_certificate certificate{"DNS:localhost"};
    scripted_server server{io}, secure{io, &certificate.context()};
    auto trusting = options();
    trusting.ca_file = certificate.file();
    trusting.allow_plain_http = true;
    http::client client{io.get_executor(), trusting};
    SECTION("at most five") {
        for (int i = 0; i < 6; ++i)
            server.then(answer(302, "", redirect_to("/again")));
        CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("more than 5 times"));
        CHECK(server.seen().size() == 6);
    }
    SECTION("not from https to http, except to this machine") {
        secure.then(answer(302, "", redirect_to("http://storage.example.invalid/f?secret=1")));
        const auto error = ask(io, client, get(secure.url("/", "localhost"))).error;
        CHECK_THAT(error,
                   SMELT_CONTAINS("storage.example.invalid") && SMELT_CONTAINS("TLS") && !SMELT_CONTAINS("secret"));
        secure.then(answer(302, "", redirect_to(server.url("/f"))));
        server.then(answer(200, "content"));
        CHECK(ask(io, client, get(secure.url("/", "localhost"))).head.body == "content");
    }
    SECTION("not to what is no address") {
        for (const std::string nowhere : {"ftp://example.org/f", "https://u:p@example.org/", "https://exa mple.org/"}) {
            server.then(answer(302, "", redirect_to(nowhere)));
            CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("no address"));
        }
    }
}

TEST_CASE("what is not a read is not redirected, nor what names no place") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    server.then(answer(307, "moved", redirect_to("/there")));
    server.then(answer(304, "", redirect_to("/there")));
    server.then(answer(302, "lost"));
    auto post = ask_model(server.url("/"));
    post.idempotent = true;
    CHECK(ask(io, client, post).head.status == 307);
    CHECK(ask(io, client, get(server.url("/"))).head.status == 304);
    CHECK(ask(io, client, get(server.url("/"))).head.body == "lost");
    CHECK(server.seen().size() == 3);
}

TEST_CASE("an answer that trickles in is given up, whatever the pauses between its bytes") {
    asio::io_context io;
    scripted_server server{io};
    auto hasty = options();
    hasty.answer_timeout = 200ms;
    http::client client{io.get_executor(), hasty};
    SECTION("in its head") {
        server.then(doing(reply::action_kind::drip, "HTTP/1.1 200 OK\r\nX-Slow: "));
    }
    SECTION("in its body") {
        server.then(doing(reply::action_kind::drip, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
    }
    SECTION("in the body of a refusal") {
        server.then(doing(reply::action_kind::drip, "HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n"));
    }
    CHECK_THAT(ask(io, client, get(server.url("/"))).error, SMELT_CONTAINS("in time"));
}

TEST_CASE("a download may take as long as it likes, but not crawl") {
    asio::io_context io;
    scripted_server server{io};
    auto hasty = options();
    hasty.answer_timeout = 200ms;
    hasty.idle_timeout = 400ms;
    http::client client{io.get_executor(), hasty};
    SECTION("in its head it is an answer as others are") {
        server.then(doing(reply::action_kind::drip, "HTTP/1.1 200 OK\r\nX-Slow: "));
        CHECK_THAT(ask(io, client, get(server.url("/")), true).error, SMELT_CONTAINS("in time"));
    }
    SECTION("in its body its pace counts") {
        server.then(doing(reply::action_kind::drip, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
        CHECK_THAT(ask(io, client, get(server.url("/")), true).error,
                   SMELT_CONTAINS("fewer than 1024 bytes per second"));
    }
}

TEST_CASE("a server that closes after each answer without a word costs no request") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    for (int i = 0; i < 5; ++i)
        server.then(raw(answer(200, "x").bytes, true));
    for (int i = 0; i < 5; ++i)
        CHECK(ask(io, client, ask_model(server.url("/"))).head.body == "x");
    CHECK(server.connections() == 5);
}

TEST_CASE("connections are reused for what must not be repeated once they have shown that they stay") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    for (int i = 0; i < 3; ++i)
        server.then(answer(200, "x"));
    server.then(doing(reply::action_kind::drop));
    server.then(answer(200, "x"));
    server.then(answer(200, "x"));
    for (int i = 0; i < 3; ++i)
        CHECK(ask(io, client, ask_model(server.url("/"))).head.body == "x");
    CHECK(server.connections() == 1);
    // A kept connection that is closed under a request costs that one, and no other.
    CHECK_THAT(ask(io, client, ask_model(server.url("/"))).error, SMELT_CONTAINS("closed"));
    CHECK(ask(io, client, ask_model(server.url("/"))).head.body == "x");
    CHECK(ask(io, client, ask_model(server.url("/"))).head.body == "x");
    CHECK(server.connections() == 3);
}

TEST_CASE("a connection is not kept for longer than its server says") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    server.then(answer(200, "x", "Keep-Alive: timeout=1, max=100\r\n"));
    server.then(answer(200, "x", "Keep-Alive: timeout=60\r\n"));
    server.then(answer(200, "x"));
    for (int i = 0; i < 3; ++i)
        CHECK(ask(io, client, get(server.url("/"))).head.body == "x");
    CHECK(server.connections() == 2);
}

TEST_CASE("the server's clock is read from its answer") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    server.then(answer(200, "x", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    server.then(answer(200, "x"));
    const auto date = ask(io, client, get(server.url("/"))).head.date();
    REQUIRE(date);
    CHECK(date->time_since_epoch() == 784111777s);
    CHECK_FALSE(ask(io, client, get(server.url("/"))).head.date());
}
