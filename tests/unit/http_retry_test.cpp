#include "catch.hpp"

#include "smelt/http/retry.hpp"

using namespace smelt::http;
using namespace std::chrono_literals;

namespace {

/// 1994-11-06 08:49:37 UTC
constexpr std::chrono::system_clock::time_point noon{std::chrono::seconds{784111777}};

failed_try with_status(int status, int tries = 1) {
    failed_try t;
    t.status = status;
    t.tries = tries;
    t.retries = 4;
    t.now = noon;
    return t;
}

std::optional<milliseconds> delay(int status, const headers &fields) {
    auto t = with_status(status);
    t.fields = &fields;
    return retry_delay(t);
}

} // namespace

TEST_CASE("only passing statuses are tried again") {
    for (const int status : {0, 408, 409, 429, 500, 502, 503, 504, 529})
        CHECK(retry_delay(with_status(status)));
    for (const int status : {200, 204, 301, 400, 401, 403, 404, 413, 422})
        CHECK_FALSE(retry_delay(with_status(status)));
}

TEST_CASE("a POST that met a conflict is not repeated") {
    auto t = with_status(409);
    t.post = true;
    CHECK_FALSE(retry_delay(t));
    t.status = 503;
    CHECK(retry_delay(t));
}

TEST_CASE("what is not idempotent is never repeated") {
    for (const int status : {0, 408, 429, 500, 503}) {
        auto t = with_status(status);
        t.idempotent = false;
        CHECK_FALSE(retry_delay(t));
    }
    const headers asked{{"x-should-retry", "true"}, {"retry-after-ms", "1"}};
    auto t = with_status(429);
    t.idempotent = false;
    t.fields = &asked;
    CHECK_FALSE(retry_delay(t));
}

TEST_CASE("x-should-retry wins over the status") {
    CHECK(delay(400, {{"x-should-retry", "true"}}));
    CHECK_FALSE(delay(503, {{"x-should-retry", "false"}}));
    CHECK(delay(503, {{"x-should-retry", "perhaps"}}));
    CHECK_FALSE(delay(200, {{"x-should-retry", "true"}}));
}

TEST_CASE("tries end") {
    CHECK(retry_delay(with_status(503, 4)));
    CHECK_FALSE(retry_delay(with_status(503, 5)));
}

TEST_CASE("the delay doubles up to eight seconds and jitter takes up to a quarter") {
    auto t = with_status(503);
    t.retries = 100;
    for (const auto &[tries, expected] :
         {std::pair{1, 500ms}, {2, 1000ms}, {3, 2000ms}, {5, 8000ms}, {6, 8000ms}, {90, 8000ms}}) {
        t.tries = tries;
        CHECK(retry_delay(t) == expected);
    }
    t.tries = 1;
    t.jitter = 1.0;
    CHECK(retry_delay(t) == 375ms);
}

TEST_CASE("the server's delay is taken within a minute and ignored beyond") {
    CHECK(delay(429, {{"retry-after-ms", "120"}, {"retry-after", "9"}}) == 120ms);
    CHECK(delay(429, {{"retry-after", "3"}}) == 3s);
    CHECK(delay(429, {{"retry-after", "0"}}) == 0ms);
    CHECK(delay(429, {{"retry-after", "1.5"}}) == 1500ms);
    CHECK(delay(429, {{"retry-after", "60"}}) == 60s);
    CHECK(delay(429, {{"retry-after", "61"}}) == 500ms);
    CHECK(delay(429, {{"retry-after", "-1"}}) == 500ms);
    CHECK(delay(429, {{"retry-after", "99999999999999999999"}}) == 500ms);
    CHECK(delay(429, {{"retry-after", "soon"}}) == 500ms);
    CHECK(delay(429, {{"retry-after-ms", "x"}, {"retry-after", "2"}}) == 2s);
    CHECK(delay(429, {{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}) == 10s);
    CHECK(delay(429, {{"retry-after", "Sun, 06 Nov 1994 08:49:07 GMT"}}) == 500ms);
    CHECK(delay(429, {{"retry-after", "Sun, 06 Nov 1994 09:49:37 GMT"}}) == 500ms);
}

TEST_CASE("retry_after itself knows no upper bound") {
    CHECK(retry_after({{"retry-after", "3600"}}, noon) == 3600s);
    CHECK_FALSE(retry_after({}, noon));
}

TEST_CASE("HTTP dates are read strictly") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == noon);
    const auto *bad =
        GENERATE("", "06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                 "Sun, 06 Nov 1994 08:49:37 EST", "Sun, 06 Nov -994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
                 "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT");
    CAPTURE(bad);
    CHECK_FALSE(parse_http_date(bad));
}
