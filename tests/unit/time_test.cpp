#include "catch.hpp"

#include "smelt/base/time.hpp"

using namespace smelt;
using namespace std::chrono;

namespace {

std::int64_t microseconds_of(std::string_view text) {
    return duration_cast<microseconds>(parse_rfc3339(text).value().time_since_epoch()).count();
}

} // namespace

TEST_CASE("dates as services write them are read") {
    CHECK(microseconds_of("1970-01-01T00:00:00Z") == 0);
    CHECK(microseconds_of("2026-11-01T18:37:24Z") == 1'793'558'244'000'000);
    CHECK(microseconds_of("2026-11-01T18:37:24.100435Z") == 1'793'558'244'100'435);
    CHECK(microseconds_of("2025-12-10T18:27:01.407650525Z") == 1'765'391'221'407'650);
    CHECK(microseconds_of("2026-11-01T19:37:24+01:00") == microseconds_of("2026-11-01T18:37:24Z"));
    CHECK(microseconds_of("2026-11-01 13:07:24.5-05:30") == microseconds_of("2026-11-01T18:37:24.5Z"));
}

TEST_CASE("what is no date is none") {
    for (const auto *text : {"", "2026-11-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-01T24:00:00Z",
                             "2026-11-01T18:37:24", "2026-11-01T18:37:24.Z", "2026-11-01T18:37:24Zulu",
                             "2026-11-01T18:37:24+1:00", "1711471533"})
        CHECK_FALSE(parse_rfc3339(text));
}
