#include "catch.hpp"
#include "scripted_server.hpp"

#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

http::request get(const std::string &url) {
    http::request r;
    r.url = url;
    return r;
}

http::request create(const std::string &url) {
    http::request r;
    r.method = "POST";
    r.url = url;
    r.body = "{}";
    r.content_type = "application/json";
    r.idempotent = false;
    return r;
}

http::client_options options(int retries = 0) {
    http::client_options o;
    o.retries = retries;
    o.idle_timeout = 5s;
    return o;
}

/// The transport_error that a request ends with.
http::transport_error broken(asio::io_context &io, http::client &client, const http::request &r) {
    std::optional<http::transport_error> caught;
    run(io, [&]() -> asio::awaitable<void> {
        try {
            (void)co_await client.send(r);
        } catch (const http::transport_error &e) {
            caught = e;
        }
    });
    REQUIRE(caught);
    return *caught;
}

http::response ask(asio::io_context &io, http::client &client, const http::request &r) {
    http::response out;
    run(io, [&]() -> asio::awaitable<void> { out = co_await client.send(r); });
    io.restart();
    return out;
}

/// A port of the loopback on which nobody listens.
std::string dead_url() {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
    return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
}

} // namespace

TEST_CASE("a request arrives as it was asked for and the answer comes back whole") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "{\"ok\":true}", "X-Request-Id: r1\r\n"));
    http::client client{io.get_executor(), options()};
    auto r = create(server.url("/v1/batches?x=1"));
    r.fields.emplace_back("Authorization", "Bearer k");
    const auto got = ask(io, client, r);
    CHECK(got.status == 200);
    CHECK(got.body == "{\"ok\":true}");
    CHECK(got.header("x-request-id") == "r1");
    CHECK(got.header("none").empty());
    const auto &seen = server.seen().at(0);
    CHECK(seen.method == "POST");
    CHECK(seen.target == "/v1/batches?x=1");
    CHECK(seen.body == "{}");
    CHECK(seen.header("content-type") == "application/json");
    CHECK(seen.header("authorization") == "Bearer k");
    CHECK(server.url("/") == "http://" + seen.header("host") + "/");
}

TEST_CASE("chunked answers, interim answers and answers that end with the connection are read") {
    asio::io_context io;
    scripted_server server{io};
    server.then(raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n",
                    false));
    server.then(raw("HTTP/1.1 200 OK\r\n\r\nuntil the end", true));
    server.then(raw("HTTP/1.1 204 No Content\r\n\r\n", false));
    http::client client{io.get_executor(), options()};
    CHECK(ask(io, client, get(server.url("/"))).body == "hello world");
    CHECK(ask(io, client, get(server.url("/"))).body == "until the end");
    CHECK(ask(io, client, get(server.url("/"))).status == 204);
    CHECK(server.connections() == 2);
}

TEST_CASE("connections are kept, but a create gets a fresh one") {
    asio::io_context io;
    scripted_server server{io};
    for (int i = 0; i < 4; ++i)
        server.then(answer(200, "x"));
    http::client client{io.get_executor(), options()};
    (void)ask(io, client, get(server.url("/1")));
    (void)ask(io, client, get(server.url("/2")));
    CHECK(server.connections() == 1);
    (void)ask(io, client, create(server.url("/3")));
    CHECK(server.connections() == 2);
    (void)ask(io, client, get(server.url("/4")));
    CHECK(server.connections() == 2);
}

TEST_CASE("a connection that says close, or says too much, is not kept") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "x", "Connection: close\r\n"));
    auto chatty = answer(200, "x");
    chatty.bytes += "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    server.then(chatty);
    server.then(answer(200, "mine"));
    http::client client{io.get_executor(), options()};
    CHECK(ask(io, client, get(server.url("/"))).body == "x");
    CHECK(ask(io, client, get(server.url("/"))).body == "x");
    CHECK(ask(io, client, get(server.url("/"))).body == "mine");
    CHECK(server.connections() == 3);
}

TEST_CASE("a kept connection that the server closed is replaced, without spending a retry") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "one"));
    server.then(doing(reply::action_kind::drop)); // meets the kept connection
    server.then(answer(200, "two"));
    http::client client{io.get_executor(), options(0)};
    CHECK(ask(io, client, get(server.url("/"))).body == "one");
    CHECK(ask(io, client, get(server.url("/"))).body == "two");
    CHECK(server.seen().size() == 3);
    CHECK(server.connections() == 2);
}

TEST_CASE("a create is sent once, whatever happens") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options(4)};
    SECTION("dropped without an answer") {
        server.then(doing(reply::action_kind::drop));
        CHECK(broken(io, client, create(server.url("/"))).how_far() == http::send_progress::sent);
    }
    SECTION("cut within the header") {
        server.then(raw("HTTP/1.1 200 OK\r\nContent-Le", true));
        CHECK(broken(io, client, create(server.url("/"))).how_far() == http::send_progress::sent);
    }
    SECTION("cut within the body") {
        server.then(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":", true));
        CHECK(broken(io, client, create(server.url("/"))).how_far() == http::send_progress::sent);
    }
    SECTION("an answer that is not HTTP") {
        server.then(raw("SSH-2.0-x\r\n\r\n", true));
        CHECK(broken(io, client, create(server.url("/"))).how_far() == http::send_progress::sent);
    }
    SECTION("a passing status") {
        server.then(answer(503, "busy", "Retry-After: 0\r\n"));
        CHECK(ask(io, client, create(server.url("/"))).status == 503);
    }
    CHECK(server.seen().size() == 1);
}

TEST_CASE("a refused connection proves that nothing was sent") {
    asio::io_context io;
    http::client client{io.get_executor(), options()};
    const auto error = broken(io, client, create(dead_url()));
    CHECK(error.how_far() == http::send_progress::not_sent);
    CHECK_THAT(error.what(), SMELT_CONTAINS("connect"));
}

TEST_CASE("a deadline that has passed proves that nothing was sent") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    auto r = create(server.url("/"));
    r.deadline = std::chrono::steady_clock::now() - 1s;
    CHECK(broken(io, client, r).how_far() == http::send_progress::not_sent);
    CHECK(server.seen().empty());
}

TEST_CASE("a silent server is left at the deadline and at the idle limit") {
    asio::io_context io;
    scripted_server server{io};
    server.then(doing(reply::action_kind::hang));
    auto o = options();
    auto r = create(server.url("/"));
    SECTION("deadline") {
        r.deadline = std::chrono::steady_clock::now() + 50ms;
    }
    SECTION("idle") {
        o.idle_timeout = 50ms;
    }
    http::client client{io.get_executor(), o};
    const auto error = broken(io, client, r);
    CHECK(error.how_far() == http::send_progress::sent);
    CHECK_THAT(error.what(), SMELT_CONTAINS("no answer in time"));
    io.restart();
    while (server.closed_by_client() == 0)
        io.run_one();
    CHECK(server.closed_by_client() == 1);
}

TEST_CASE("idempotent calls are repeated as the server asks and then answer") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(429, "", "Retry-After-Ms: 1\r\n"));
    server.then(answer(500, "", "Retry-After: 0\r\n"));
    server.then(answer(200, "at last"));
    http::client client{io.get_executor(), options(4)};
    CHECK(ask(io, client, get(server.url("/"))).body == "at last");
    CHECK(server.seen().size() == 3);
}

TEST_CASE("when the retries are used up the last answer counts") {
    asio::io_context io;
    scripted_server server{io};
    for (int i = 0; i < 3; ++i)
        server.then(answer(503, "busy", "Retry-After-Ms: 1\r\n"));
    http::client client{io.get_executor(), options(2)};
    CHECK(ask(io, client, get(server.url("/"))).status == 503);
    CHECK(server.seen().size() == 3);
}

TEST_CASE("a broken exchange is repeated after a pause") {
    asio::io_context io;
    scripted_server server{io};
    server.then(doing(reply::action_kind::drop));
    server.then(answer(200, "second"));
    http::client client{io.get_executor(), options(1)};
    CHECK(ask(io, client, get(server.url("/"))).body == "second");
}

TEST_CASE("no more connections than allowed are open to a host") {
    asio::io_context io;
    scripted_server server{io};
    for (int i = 0; i < 12; ++i)
        server.then(answer(200, "x"));
    auto o = options();
    o.connections_per_host = 2;
    http::client client{io.get_executor(), o};
    int done = 0;
    auto one = [&]() -> asio::awaitable<void> {
        const auto r = get(server.url("/"));
        (void)co_await client.send(r);
        if (++done == 12)
            io.stop();
    };
    for (int i = 0; i < 12; ++i)
        asio::co_spawn(io, one, asio::detached);
    io.run();
    CHECK(done == 12);
    CHECK(server.connections() == 2);
}

TEST_CASE("waiting for a free connection ends at the deadline with nothing sent") {
    asio::io_context io;
    scripted_server server{io};
    server.then(doing(reply::action_kind::hang));
    auto o = options();
    o.connections_per_host = 1;
    http::client client{io.get_executor(), o};
    auto blocker = [&]() -> asio::awaitable<void> {
        const auto r = get(server.url("/"));
        (void)co_await client.send(r);
    };
    asio::co_spawn(io, blocker, asio::detached);
    auto r = create(server.url("/"));
    r.deadline = std::chrono::steady_clock::now() + 50ms;
    const auto error = broken(io, client, r);
    CHECK(error.how_far() == http::send_progress::not_sent);
    CHECK_THAT(error.what(), SMELT_CONTAINS("free connection"));
}

TEST_CASE("cancelling the caller closes the socket, or ends the pause between tries") {
    asio::io_context io;
    scripted_server server{io};
    const bool in_pause = GENERATE(false, true);
    CAPTURE(in_pause);
    server.then(in_pause ? answer(503, "", "Retry-After: 59\r\n") : doing(reply::action_kind::hang));
    http::client client{io.get_executor(), options(4)};
    asio::cancellation_signal signal;
    std::optional<http::transport_error> caught;
    bool finished = false;
    auto call = [&]() -> asio::awaitable<void> {
        const auto r = get(server.url("/"));
        try {
            (void)co_await client.send(r);
        } catch (const http::transport_error &e) {
            caught = e;
        }
    };
    asio::co_spawn(io, call,
                   asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr &) { finished = true; }));
    while (server.seen().empty())
        io.run_one();
    for (int i = 0; in_pause && i < 20; ++i)
        io.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    while (!finished)
        io.run_one();
    REQUIRE(caught);
    CHECK_THAT(caught->what(), SMELT_CONTAINS("cancelled"));
    CHECK(caught->how_far() == http::send_progress::sent);
    while (!in_pause && server.closed_by_client() == 0)
        io.run_one();
    CHECK(server.seen().size() == 1);
}

TEST_CASE("plain http leaves the machine only when that is allowed") {
    asio::io_context io;
    auto o = options();
    http::client client{io.get_executor(), o};
    CHECK_THROWS_AS(ask(io, client, get("http://192.0.2.1/")), usage_error);
}

TEST_CASE("a header that could change the request is refused without repeating its value") {
    asio::io_context io;
    http::client client{io.get_executor(), options()};
    auto r = get("http://127.0.0.1:1/");
    r.fields.emplace_back("Authorization", "Bearer secret\r\nX-Evil: 1");
    try {
        (void)ask(io, client, r);
        FAIL("accepted");
    } catch (const usage_error &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("Authorization"));
        CHECK(std::string{e.what()}.find("secret") == std::string::npos);
    }
}

TEST_CASE("a long error answer is cut, a long answer is refused, a long header as well") {
    asio::io_context io;
    scripted_server server{io};
    http::client client{io.get_executor(), options()};
    SECTION("error") {
        server.then(answer(400, std::string(200'000, 'e')));
        CHECK(ask(io, client, get(server.url("/"))).body.size() == 64 * 1024);
    }
    SECTION("answer") {
        server.then(answer(200, std::string((8 << 20) + 1, 'x')));
        CHECK_THAT(broken(io, client, get(server.url("/"))).what(), SMELT_CONTAINS("8 MB"));
    }
    SECTION("header") {
        server.then(answer(200, "x", "X-Long: " + std::string(70'000, 'h') + "\r\n"));
        CHECK(broken(io, client, get(server.url("/"))).how_far() == http::send_progress::sent);
    }
}

TEST_CASE("a client may be destroyed while its calls are under way") {
    asio::io_context io;
    scripted_server server{io};
    server.then(doing(reply::action_kind::hang));
    auto client = std::make_unique<http::client>(io.get_executor(), options());
    auto call = [&]() -> asio::awaitable<void> {
        const auto r = get(server.url("/"));
        (void)co_await client->send(r);
    };
    asio::co_spawn(io, call, asio::detached);
    while (server.seen().empty())
        io.run_one();
    client.reset();
    CHECK(server.seen().size() == 1);
}
