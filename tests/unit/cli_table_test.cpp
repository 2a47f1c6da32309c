#include "catch.hpp"

#include "smelt/cli/table.hpp"

#include <sstream>

using smelt::cli::table;
using smelt::cli::terminal;

namespace {

table two_columns() {
    return table{{{"NAME", table::align::left, 4}, {"ITEMS", table::align::right}}};
}

std::vector<std::string> lines_of(const std::string &text) {
    std::istringstream in{text};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

} // namespace

TEST_CASE("a table aligns its cells and leaves no blanks at the ends of lines") {
    auto t = two_columns();
    t.add({{"papers"}, {"1,200"}});
    t.add({{"x"}, {"7"}});
    CHECK(t.render({}) == "NAME    ITEMS\npapers  1,200\nx           7\n");

    table left{{{"A"}, {"B"}}};
    left.add({{"1"}, {"22"}});
    left.add({{"1"}, {"2"}});
    CHECK(left.render({}) == "A  B\n1  22\n1  2\n");
}

TEST_CASE("a table on a narrow terminal cuts the columns that may shrink before anything else") {
    auto t = two_columns();
    t.add({{"a-very-long-name"}, {"1,200"}});
    CHECK(lines_of(t.render({.width = 14}))[1] == "a-very…  1,200");
    CHECK(lines_of(t.render({.width = 11}))[1] == "a-v…  1,200");
}

TEST_CASE("no line of a table is wider than the terminal, however narrow it is") {
    table t{{{"BATCH", table::align::right},
             {"TASK", table::align::left, 6},
             {"STATE"},
             {"REMOTE ID", table::align::left, 8}}};
    t.add({{"1"}, {"papers/extract"}, {"open"}, {"batch_0123456789"}});
    t.add({{"22"}, {"日本語の名前/抽出"}, {"closed"}, {"-"}});
    for (std::size_t width = 1; width < 60; ++width) {
        INFO("width " << width);
        for (const auto &line : lines_of(t.render({.width = width})))
            CHECK(smelt::cli::display_width(line) <= width);
    }
}

TEST_CASE("colour is only written where the terminal has it, and never counts as width") {
    auto t = two_columns();
    t.add({{"papers", smelt::cli::style::good}, {"7"}});
    CHECK(t.render({}).find('\x1b') == std::string::npos);
    const auto coloured = t.render({.is_terminal = true, .colour = true, .width = 80});
    CHECK(lines_of(coloured)[1] == "\x1b[32mpapers\x1b[0m      7");
}

TEST_CASE("what a cell holds cannot drive the terminal") {
    auto t = two_columns();
    t.add({{"a\x1b]0;title\x07\nb"}, {"\xff"}});
    const auto text = t.render({});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(lines_of(text).size() == 2);
    CHECK(lines_of(text)[1].back() == '?');
}

TEST_CASE("a row with another number of cells than the table is a mistake of the program") {
    auto t = two_columns();
    CHECK_THROWS_AS(t.add({{"only one"}}), std::logic_error);
}

TEST_CASE("widths count columns, not bytes") {
    using smelt::cli::clip_columns;
    using smelt::cli::display_width;
    CHECK(display_width("grün") == 4);
    CHECK(display_width("日本") == 4);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("😀") == 2);
    CHECK(clip_columns("grün", 4) == "grün");
    CHECK(clip_columns("grüne", 4) == "grü…");
    CHECK(clip_columns("日本語", 4) == "日…");
    CHECK(clip_columns("abc", 0).empty());
    CHECK(clip_columns("abc", 1) == "…");
}
