#include "catch.hpp"
#include "provider/synchronous/throttle.hpp"
#include "provider/wire.hpp"

using namespace smelt::provider;
using namespace std::chrono_literals;

namespace {

const steady::time_point start{1000s};

} // namespace

TEST_CASE("a rate lets one second's worth pass ahead, and then one at a time") {
    rate_limit sixty{60};
    CHECK(sixty.take(start, 1) == start);
    CHECK(sixty.take(start, 1) == start);
    CHECK(sixty.take(start, 1) == start + 1s);
    CHECK(sixty.take(start, 1) == start + 2s);
    CHECK(sixty.take(start + 10s, 1) == start + 10s);
    CHECK(sixty.take(start + 10s, 1) == start + 10s);
    CHECK(sixty.take(start + 10s, 1) == start + 11s);
}

TEST_CASE("what takes much makes the next wait for long") {
    rate_limit tokens{60'000};
    CHECK(tokens.take(start, 6'000) == start);
    CHECK(tokens.take(start, 1'000) == start + 5s);
    CHECK(tokens.take(start, 1) == start + 6s);
}

TEST_CASE("without a rate everything passes at once") {
    rate_limit none{0};
    for (int i = 0; i < 100; ++i)
        CHECK(none.take(start, 1'000'000) == start);
}

TEST_CASE("a busy service is waited for, and one that refuses is not asked again") {
    const auto of = [](int status) { return judge(status, kind_of(status, std::nullopt)); };
    for (const int status : {429, 503, 529})
        CHECK(of(status) == answer_kind::wait);
    for (const int status : {301, 308, 401, 402, 403, 404, 405, 410})
        CHECK(of(status) == answer_kind::refused);
    for (const int status : {429, 400})
        CHECK(judge(status, failure_kind::quota) == answer_kind::refused);
    for (const int status : {200, 400, 408, 409, 413, 422, 500, 501, 502, 504})
        CHECK(of(status) == answer_kind::done);
}

TEST_CASE("pauses double, keep what the service asks for, and come to an end") {
    CHECK(next_pause(1, true, {}, 0.0) == 500ms);
    CHECK(next_pause(1, true, {}, 1.0) == 250ms);
    CHECK(next_pause(3, true, {}, 0.0) == 2s);
    CHECK(next_pause(11, true, {}, 0.0) == 60s);
    CHECK(next_pause(1, true, 7s, 0.0) == 7s);
    CHECK_FALSE(next_pause(12, true, {}, 0.0));
    CHECK_FALSE(next_pause(1, true, 61s, 0.0));
    CHECK(next_pause(3, false, {}, 0.0) == 2s);
    CHECK_FALSE(next_pause(4, false, {}, 0.0));
}
