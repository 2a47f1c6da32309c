#include "catch.hpp"
#include "error_of.hpp"
#include "scripted_server.hpp"
#include "test_certificate.hpp"

#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"
#include "smelt/http/proxy.hpp"

#include <map>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

http::environment_reader environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char *name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string{} : found->second;
    };
}

/// "host:port by variable", or "none".
std::string way(const std::string &to, const http::environment_reader &variables, std::string_view setting = {}) {
    const auto found = http::find_way_out(parse_url(to), setting, variables);
    return found ? found->through.name() + " by " + found->named_by : "none";
}

http::client_options through(const std::string &proxy) {
    http::client_options o;
    o.retries = 0;
    o.idle_timeout = 5s;
    o.allow_plain_http = true;
    o.proxy = proxy;
    return o;
}

http::request get(const std::string &url) {
    http::request r;
    r.url = url;
    r.fields = {{"Authorization", "Bearer key"}};
    return r;
}

struct outcome {
    http::response answer;
    std::string error;
};

outcome ask(asio::io_context &io, http::client &client, const http::request &r) {
    outcome out;
    run(io, [&]() -> asio::awaitable<void> {
        try {
            out.answer = co_await client.send(r);
        } catch (const std::exception &e) {
            out.error = e.what();
        }
    });
    io.restart();
    return out;
}

} // namespace

TEST_CASE("the environment names the proxy by scheme, small letters first, all_proxy last") {
    const auto variables = environment({{"https_proxy", "one:1"},
                                        {"HTTPS_PROXY", "two:2"},
                                        {"HTTP_PROXY", "http://three:3/"},
                                        {"ALL_PROXY", "four:4"}});
    CHECK(way("https://api.example.org/v1", variables) == "one:1 by https_proxy");
    CHECK(way("http://api.example.org/v1", variables) == "three:3 by HTTP_PROXY");
    CHECK(way("http://api.example.org/v1", environment({{"all_proxy", "four"}})) == "four:80 by all_proxy");
    CHECK(way("https://api.example.org/v1", environment({})) == "none");
    CHECK(way("https://api.example.org/v1", environment({{"HTTP_PROXY", "three:3"}})) == "none");
}

TEST_CASE("HTTP_PROXY in capitals is not read in a CGI program") {
    const auto variables = environment({{"HTTP_PROXY", "evil:1"}, {"REQUEST_METHOD", "GET"}});
    CHECK(way("http://api.example.org/", variables) == "none");
}

TEST_CASE("the environment's proxy is not for this machine, the pipeline's is for all") {
    const auto variables = environment({{"all_proxy", "proxy:1"}});
    for (const std::string here : {"http://localhost:1234/", "http://127.0.0.1/", "https://[::1]/"}) {
        CHECK(way(here, variables) == "none");
        CHECK(way(here, variables, "http://other:2") == "other:2 by provider.proxy");
    }
    CHECK(way("https://api.example.org/", variables, "none") == "none");
    CHECK(way("https://api.example.org/", environment({{"no_proxy", "*"}}), "other:2") == "other:2 by provider.proxy");
}

TEST_CASE("NO_PROXY names hosts, domains, ports, addresses and networks") {
    const auto names = [](std::string_view list, const std::string &to) {
        return http::is_named_by(list, parse_url(to));
    };
    CHECK(names("*", "https://api.example.org"));
    CHECK(names("a.org, example.org", "https://api.example.org"));
    CHECK(names(".example.org", "https://example.org"));
    CHECK(names("API.Example.ORG", "https://api.example.org"));
    CHECK_FALSE(names("ample.org", "https://api.example.org"));
    CHECK_FALSE(names("api.example.org.", "https://example.org"));
    CHECK_FALSE(names("", "https://example.org"));
    CHECK_FALSE(names(" , ,.", "https://example.org"));
    CHECK(names("example.org:8443", "https://example.org:8443"));
    CHECK_FALSE(names("example.org:8443", "https://example.org"));
    CHECK(names("10.1.2.3", "https://10.1.2.3"));
    CHECK(names("10.0.0.0/8", "https://10.1.2.3"));
    CHECK_FALSE(names("10.0.0.0/16", "https://10.1.2.3"));
    CHECK_FALSE(names("10.0.0.0/99", "https://10.1.2.3"));
    CHECK_FALSE(names("2.3", "https://10.1.2.3"));
    CHECK(names("fd00::/8", "https://[fd00::1]"));
    CHECK(names("[fd00::1]:8443", "https://[fd00::1]:8443"));
    CHECK_FALSE(names("[fd00::1]:8443", "https://[fd00::1]"));
}

TEST_CASE("a proxy's URL may hold a user and a password, which no message repeats") {
    const auto p = http::parse_proxy("http://smelt:se%40cret@proxy.example.org:3128");
    CHECK(p.name() == "proxy.example.org:3128");
    CHECK(p.authorization == "Basic c21lbHQ6c2VAY3JldA==");
    CHECK(http::parse_proxy("proxy").name() == "proxy:80");
    for (const std::string wrong : {"http://u:secret@", "http://u:secret@pro xy:1", "http://u:secret@proxy:99999",
                                    "socks5://u:secret@proxy:1080", "https://u:secret@proxy:443"}) {
        const auto message = error_of<usage_error>([&] { http::parse_proxy(wrong); });
        CHECK(message != "no error");
        CHECK_THAT(message, !SMELT_CONTAINS("secret"));
    }
    const auto message = error_of<usage_error>([] {
        way("https://example.org", environment({{"HTTPS_PROXY", "socks5://u:secret@p:1"}}));
    });
    CHECK_THAT(message, SMELT_CONTAINS("HTTPS_PROXY") && SMELT_CONTAINS("socks") && !SMELT_CONTAINS("secret"));
}

TEST_CASE("a plain request goes to the proxy in absolute form") {
    asio::io_context io;
    scripted_server server{io};
    server.then(answer(200, "{}"));
    http::client client{io.get_executor(), through(server.url("", "u:p@127.0.0.1"))};
    CHECK(ask(io, client, get("http://api.example.invalid/v1/batches?limit=1")).answer.status == 200);
    REQUIRE(server.seen().size() == 1);
    CHECK(server.seen()[0].target == "http://api.example.invalid/v1/batches?limit=1");
    CHECK(server.seen()[0].header("host") == "api.example.invalid");
    CHECK(server.seen()[0].header("authorization") == "Bearer key");
    CHECK(server.seen()[0].header("proxy-authorization") == "Basic dTpw");
}

TEST_CASE("a TLS connection is tunnelled, verified to the server, and the key is never shown to the proxy") {
    asio::io_context io;
    test_certificate certificate{"DNS:localhost"};
    scripted_server server{io, &certificate.context()};
    scripted_server middle{io};
    middle.then(doing(reply::action_kind::tunnel, "HTTP/1.1 200 Connection established\r\n\r\n"));
    server.then(answer(200, "{}"));
    server.then(answer(200, "{}"));
    auto options = through(middle.url("", "u:p@127.0.0.1"));
    options.ca_file = certificate.file();
    http::client client{io.get_executor(), options};
    const auto url = server.url("/v1/batches", "localhost");
    CHECK(ask(io, client, get(url)).answer.status == 200);
    CHECK(ask(io, client, get(url)).answer.status == 200);
    REQUIRE(middle.seen().size() == 1);
    CHECK(middle.seen()[0].method == "CONNECT");
    CHECK_THAT(middle.seen()[0].head, !SMELT_CONTAINS("Bearer"));
    CHECK(middle.seen()[0].header("proxy-authorization") == "Basic dTpw");
    REQUIRE(server.seen().size() == 2);
    CHECK(server.seen()[0].target == "/v1/batches");
    CHECK(server.seen()[0].header("proxy-authorization").empty());
}

TEST_CASE("a certificate that is not the server's is refused behind a proxy, too") {
    asio::io_context io;
    test_certificate certificate{"DNS:other.example.org"};
    scripted_server server{io, &certificate.context()};
    scripted_server middle{io};
    middle.then(doing(reply::action_kind::tunnel, "HTTP/1.1 200 OK\r\n\r\n"));
    auto options = through(middle.url(""));
    options.ca_file = certificate.file();
    http::client client{io.get_executor(), options};
    CHECK_THAT(ask(io, client, get(server.url("/", "localhost"))).error, SMELT_CONTAINS("certificate"));
    CHECK(server.seen().empty());
}

TEST_CASE("what a proxy refuses has reached nobody, and is named") {
    asio::io_context io;
    scripted_server middle{io};
    http::client client{io.get_executor(), through(middle.url("", "u:secret@127.0.0.1"))};
    SECTION("a tunnel without a password") {
        middle.then(answer(407, "who are you?"));
        const auto error = ask(io, client, get("https://api.example.invalid/v1")).error;
        CHECK_THAT(error, SMELT_CONTAINS("the proxy 127.0.0.1:") && SMELT_CONTAINS("407") && !SMELT_CONTAINS("secret"));
    }
    SECTION("a plain request without a password") {
        middle.then(answer(407, "who are you?"));
        CHECK_THAT(ask(io, client, get("http://api.example.invalid/v1")).error, SMELT_CONTAINS("HTTP 407"));
    }
    SECTION("a server that it cannot reach") {
        middle.then(answer(502, "no such host"));
        CHECK_THAT(ask(io, client, get("https://api.example.invalid/v1")).error, SMELT_CONTAINS("HTTP 502"));
    }
    SECTION("an answer that is none") {
        middle.then(raw("nonsense\r\n\r\n", true));
        CHECK_THAT(ask(io, client, get("https://api.example.invalid/v1")).error, SMELT_CONTAINS("proxy"));
    }
}
