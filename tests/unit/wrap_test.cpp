#include "catch.hpp"

#include "smelt/cli/terminal.hpp"

using namespace smelt::cli;

TEST_CASE("lines are broken at blanks, by columns, and no further than asked for") {
    using lines = std::vector<std::string>;
    CHECK(wrap("one two three four five six", 20) == lines{"one two three four ", "five six"});
    CHECK(wrap("a\n\nb", 20) == lines{"a", "", "b"});
    CHECK(wrap("", 20) == lines{""});
    CHECK(wrap(std::string(45, 'x'), 20) == lines{std::string(20, 'x'), std::string(20, 'x'), std::string(5, 'x')});
    CHECK(wrap("\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d", 20).size() == 2);
    CHECK(wrap("bell\a and\x1b[31m red", 20).front().find('\x1b') == std::string::npos);
    const std::string endless(20'000'000, 'y');
    CHECK(wrap(endless, 80, 12).size() == 12);
    CHECK(wrap(endless, 80, 12).front() == std::string(80, 'y'));
}
