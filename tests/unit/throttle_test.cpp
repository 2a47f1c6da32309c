#include "catch.hpp"
#include "provider/synchronous/throttle.hpp"
#include "provider/wire.hpp"

using namespace smelt::provider;
using namespace std::chrono_literals;

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
