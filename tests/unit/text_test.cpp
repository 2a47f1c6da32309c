#include "catch.hpp"

#include "smelt/base/text.hpp"

using namespace smelt;

TEST_CASE("printable text keeps letters of all scripts and drops what steers a terminal") {
    CHECK(printable("grün 日本 😀") == "grün 日本 😀");
    CHECK(printable("a\x1b[31mb\r\nc\x07") == "a [31mb  c ");
    CHECK(printable("a\x9b\x31m") == "a?1m");
    CHECK(printable("a\u009b1m") == "a 1m");
    CHECK(printable("abc\u202Ecba\u2066x\u200F") == "abc cba x ");
    CHECK(printable("\xe6\x97") == "??");
    CHECK(printable(std::string_view{"a\0b", 3}) == "a b");
}
