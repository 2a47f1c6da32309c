#include "catch.hpp"

#include "smelt/cli/format.hpp"
#include "smelt/cli/terminal.hpp"

using namespace smelt::cli;

TEST_CASE("spans of time are said roughly and never as zero") {
    CHECK(rough_span(0) == "1 s");
    CHECK(rough_span(-3) == "1 s");
    CHECK(rough_span(89) == "89 s");
    CHECK(rough_span(90) == "2 min");
    CHECK(rough_span(3600) == "60 min");
    CHECK(rough_span(2 * 3600) == "2 h");
    CHECK(rough_span(3 * 86'400) == "3 d");
    CHECK(ago(std::nullopt) == "-");
    CHECK(ago(12.4) == "12 s ago");
}

TEST_CASE("counted words have their plural") {
    CHECK(count_of(1, "item") == "1 item");
    CHECK(count_of(0, "item") == "0 items");
    CHECK(count_of(1200, "batch") == "1,200 batches");
    CHECK(count_of(2, "failed delivery") == "2 failed deliveries");
}

TEST_CASE("a percentage is 100 only when nothing is left and 0 only when nothing is done") {
    CHECK(percent(0, 0) == "-");
    CHECK(percent(0, 1'000'000) == "0 %");
    CHECK(percent(1, 1'000'000) == "1 %");
    CHECK(percent(999'999, 1'000'000) == "99 %");
    CHECK(percent(5, 5) == "100 %");
    CHECK(percent(1, 3) == "33 %");
}

TEST_CASE("money shows enough digits to see something, and what is not known") {
    CHECK(money(std::nullopt, false) == "-");
    CHECK(money("0.123000", false) == "$0.12");
    CHECK(money("12.5", true) == "$12.50+");
    CHECK(money("0.0042", false) == "$0.0042");
    CHECK(money("0.000001", false) == "$0.000001");
    CHECK(money("0", false) == "$0.00");
}

TEST_CASE("large numbers are shortened without jumping a unit") {
    CHECK(short_number(999) == "999");
    CHECK(short_number(1234) == "1.2k");
    CHECK(short_number(999'949) == "999.9k");
    CHECK(short_number(999'950) == "1.0M");
    CHECK(short_number(5'600'000'000) == "5.6G");
}

TEST_CASE("the first lines of an answer are clipped between characters and made printable") {
    CHECK(first_lines("a\n\n  \nb\nc\nd", 2, 100) == std::vector<std::string>{"a", "b", "…"});
    CHECK(first_lines("", 3, 100).empty());
    CHECK(first_lines("grün", 1, 3) == std::vector<std::string>{"gr…"});
    CHECK(first_lines("a\tb\x1b[31m", 1, 100) == std::vector<std::string>{"a b [31m"});
}

TEST_CASE("words are joined as in a sentence") {
    CHECK(join_words({}).empty());
    CHECK(join_words({"a"}) == "a");
    CHECK(join_words({"a", "b"}) == "a and b");
    CHECK(join_words({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("text is painted only when there is colour") {
    CHECK(paint("x", style::bad, false) == "x");
    CHECK(paint("x", style::plain, true) == "x");
    CHECK(paint("", style::bad, true).empty());
    CHECK(paint("x", style::bad, true) == "\x1b[31mx\x1b[0m");
}
