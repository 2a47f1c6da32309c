#include "catch.hpp"
#include "scripted_server.hpp"
#include "test_certificate.hpp"

#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"

#include <boost/asio/use_awaitable.hpp>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

http::response ask(asio::io_context &io, http::client &client, const std::string &url, bool idempotent = true) {
    http::response out;
    run(io, [&]() -> asio::awaitable<void> {
        http::request r;
        r.url = url;
        r.idempotent = idempotent;
        out = co_await client.send(r);
    });
    io.restart();
    return out;
}

http::client_options trusting(const std::string &ca_file) {
    http::client_options o;
    o.ca_file = ca_file;
    o.retries = 0;
    o.idle_timeout = 5s;
    return o;
}

} // namespace

TEST_CASE("TLS works with a trusted certificate and keeps the connection") {
    asio::io_context io;
    test_certificate certificate{"DNS:localhost"};
    scripted_server server{io, &certificate.context()};
    server.then(answer(200, "one"));
    server.then(answer(200, "two"));
    server.then(doing(reply::action_kind::drop));
    server.then(answer(200, "three"));
    http::client client{io.get_executor(), trusting(certificate.file())};
    CHECK(ask(io, client, server.url("/", "localhost")).body == "one");
    CHECK(ask(io, client, server.url("/", "localhost")).body == "two");
    CHECK(server.connections() == 1);
    CHECK(ask(io, client, server.url("/", "localhost")).body == "three");
    CHECK(server.connections() == 2);
}

TEST_CASE("a certificate for an address is matched by address") {
    asio::io_context io;
    test_certificate certificate{"IP:127.0.0.1"};
    scripted_server server{io, &certificate.context()};
    server.then(answer(200, "ok"));
    http::client client{io.get_executor(), trusting(certificate.file())};
    CHECK(ask(io, client, server.url("/")).body == "ok");
}

TEST_CASE("a certificate that nobody vouches for is refused before anything is sent") {
    asio::io_context io;
    test_certificate certificate{"DNS:localhost"};
    scripted_server server{io, &certificate.context()};
    http::client client{io.get_executor(), trusting("")};
    CHECK_THROWS_AS(ask(io, client, server.url("/", "localhost")), unavailable);
    CHECK(server.seen().empty());
}

TEST_CASE("a certificate for another host is refused and the message says so") {
    asio::io_context io;
    test_certificate certificate{"DNS:elsewhere.example"};
    scripted_server server{io, &certificate.context()};
    http::client client{io.get_executor(), trusting(certificate.file())};
    try {
        (void)ask(io, client, server.url("/", "localhost"));
        FAIL("accepted");
    } catch (const unavailable &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("another host name"));
    }
    CHECK(server.seen().empty());
}

TEST_CASE("a TLS body that is cut short is an error even without a length") {
    asio::io_context io;
    test_certificate certificate{"DNS:localhost"};
    scripted_server server{io, &certificate.context()};
    server.then(raw("HTTP/1.1 200 OK\r\n\r\nhalf of it", true));
    http::client client{io.get_executor(), trusting(certificate.file())};
    CHECK_THROWS_AS(ask(io, client, server.url("/", "localhost")), http::transport_error);
}

TEST_CASE("speaking TLS to a server that does not proves that nothing was sent") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "x"));
    http::client client{io.get_executor(), trusting("")};
    const auto url = "https" + server.url("/").substr(4);
    auto o = trusting("");
    o.connect_timeout = 100ms; // the server waits for the end of a header that never comes
    http::client hasty{io.get_executor(), o};
    try {
        (void)ask(io, hasty, url, false);
        FAIL("answered");
    } catch (const http::transport_error &e) {
        CHECK(e.how_far() == http::send_progress::not_sent);
    }
}

TEST_CASE("a ca_file that cannot be read is refused when the client is made") {
    asio::io_context io;
    CHECK_THROWS_AS((http::client{io.get_executor(), trusting("/nonexistent/ca.pem")}), usage_error);
}
