#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/url.hpp"

using namespace smelt;

TEST_CASE("a URL is cut into scheme, host, port and target") {
    const auto plain = parse_url("https://api.openai.com/v1/files?limit=1");
    CHECK(plain.tls);
    CHECK(plain.host == "api.openai.com");
    CHECK(plain.port == 443);
    CHECK(plain.target == "/v1/files?limit=1");
    CHECK(plain.authority() == "api.openai.com");

    const auto local = parse_url("HTTP://LocalHost:8080");
    CHECK_FALSE(local.tls);
    CHECK(local.host == "localhost");
    CHECK(local.target == "/");
    CHECK(local.authority() == "localhost:8080");
    CHECK(parse_url("http://h?a=b").target == "/?a=b");

    const auto six = parse_url("https://[::1]:8443/x");
    CHECK(six.host == "::1");
    CHECK(six.authority() == "[::1]:8443");
}

TEST_CASE("a URL that is not exactly that is refused") {
    const auto *bad =
        GENERATE("", "api.openai.com", "ftp://h/", "https://", "https:///v1", "https://h:0/", "https://h:65536/",
                 "https://h:/", "https://h:80a/", "https://h/a b", "https://h/\r\nX: y", "https://h/#f", "https://[::1",
                 "https://[::1]x/", "https://[]/", "https://h\xc3\xa4/", "https://a%62/");
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_url(bad), usage_error);
}

TEST_CASE("user info in a URL is refused and not repeated") {
    try {
        parse_url("https://me:hunter2@api.example/v1");
        FAIL("accepted");
    } catch (const usage_error &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("user name or password"));
        CHECK(std::string{e.what()}.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("only real loopback addresses count as loopback") {
    CHECK(parse_url("http://localhost/").loopback());
    CHECK(parse_url("http://127.0.0.1/").loopback());
    CHECK(parse_url("http://127.8.9.1:99/").loopback());
    CHECK(parse_url("http://[::1]/").loopback());
    CHECK_FALSE(parse_url("http://127.0.0.1.example.org/").loopback());
    CHECK_FALSE(parse_url("http://localhost.example.org/").loopback());
    CHECK_FALSE(parse_url("http://10.0.0.1/").loopback());
}

TEST_CASE("a reference is resolved against the address that it came from") {
    const std::string base = "https://api.example.org:8443/v1/batches/b1?limit=2";
    const auto to = [&](std::string_view reference) { return resolve_reference(base, reference); };
    CHECK(to("https://other.example.org/x") == "https://other.example.org/x");
    CHECK(to("//other.example.org/x") == "https://other.example.org/x");
    CHECK(to("/store/f?sig=/../x") == "https://api.example.org:8443/store/f?sig=/../x");
    CHECK(to("f2#part") == "https://api.example.org:8443/v1/batches/f2");
    CHECK(to("../../../files/./f1/") == "https://api.example.org:8443/files/f1/");
    CHECK(to("..") == "https://api.example.org:8443/v1/");
    CHECK(to("?after=3") == "https://api.example.org:8443/v1/batches/b1?after=3");
    CHECK(to("") == base);
    CHECK(to("ftp:f") == "ftp:f");
    CHECK(resolve_reference("https://api.example.org", "f") == "https://api.example.org/f");
    CHECK(resolve_reference("https://api.example.org?a/b", "f") == "https://api.example.org/f");
}

TEST_CASE("percent encoding leaves nothing that a path could be changed by") {
    CHECK(percent_encode("batch_abc-1.2~") == "batch_abc-1.2~");
    CHECK(percent_encode("../a?b=c&d#e %\n\xff") == "..%2Fa%3Fb%3Dc%26d%23e%20%25%0A%FF");
}

TEST_CASE("percent encoding is taken back, and a broken escape stays") {
    const std::string every = "a b/ü?%+&\x01~";
    CHECK(smelt::percent_decode(smelt::percent_encode(every)) == every);
    CHECK(smelt::percent_decode("%41%4a%4A") == "AJJ");
    CHECK(smelt::percent_decode("100%") == "100%");
    CHECK(smelt::percent_decode("%4") == "%4");
    CHECK(smelt::percent_decode("%-1%g0%%41") == "%-1%g0%A");
}
