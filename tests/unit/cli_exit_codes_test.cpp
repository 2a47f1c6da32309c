#include "catch.hpp"

#include "smelt/cli/command_line.hpp"
#include "smelt/cli/run_report.hpp"
#include "smelt/db/connection.hpp"

#include <array>
#include <sstream>

using smelt::exit_code;

namespace {

struct reported {
    exit_code code;
    std::string text;
};

template <class Error>
reported report(const Error &e) {
    std::ostringstream err;
    try {
        throw e;
    } catch (...) {
        const auto code = smelt::cli::report_exception(err);
        return {code, err.str()};
    }
}

} // namespace

TEST_CASE("each kind of error has its exit code, its message and its hint") {
    const auto usage = report(smelt::usage_error{"no such task", "look again"});
    CHECK(usage.code == exit_code::usage);
    CHECK(usage.text == "smelt: no such task\n  hint: look again\n");
    CHECK(report(smelt::file_error{"p.yaml", 3, "bad"}).text == "smelt: p.yaml:3: bad\n");
    CHECK(report(smelt::unavailable{"no server"}).code == exit_code::unavailable);
    CHECK(report(smelt::interrupted{}).code == exit_code::interrupted);
    CHECK(report(pqxx::broken_connection{"gone"}).code == exit_code::unavailable);
}

TEST_CASE("what nobody foresaw ends with 1 and a sentence, also when it is no exception") {
    const auto unknown = report(std::logic_error{"row count"});
    CHECK(unknown.code == exit_code::usage);
    CHECK_THAT(unknown.text, SMELT_CONTAINS("should not happen: row count"));
    CHECK(report(42).code == exit_code::usage);
}

TEST_CASE("a reader that went away is not worth a word") {
    const auto gone = report(smelt::cli::reader_gone{});
    CHECK(gone.code == exit_code::ok);
    CHECK(gone.text.empty());
}

TEST_CASE("messages of several lines are indented and cannot drive the terminal") {
    CHECK(report(smelt::usage_error{"ERROR: x\nLINE 1: \x1b[31m"}).text == "smelt: ERROR: x\n  LINE 1:  [31m\n");
}

TEST_CASE("exit numbers are public and never change") {
    CHECK(static_cast<int>(exit_code::ok) == 0);
    CHECK(static_cast<int>(exit_code::usage) == 1);
    CHECK(static_cast<int>(exit_code::unavailable) == 2);
    CHECK(static_cast<int>(exit_code::items_failed) == 3);
    CHECK(static_cast<int>(exit_code::needs_person) == 4);
    CHECK(static_cast<int>(exit_code::interrupted) == 130);
}

TEST_CASE("of two exit codes the one that most needs attention is told") {
    constexpr std::array worst_first{exit_code::interrupted, exit_code::usage,        exit_code::needs_person,
                                     exit_code::unavailable, exit_code::items_failed, exit_code::ok};
    for (std::size_t worse = 0; worse < worst_first.size(); ++worse)
        for (std::size_t other = worse; other < worst_first.size(); ++other) {
            CHECK(smelt::worse_of(worst_first[worse], worst_first[other]) == worst_first[worse]);
            CHECK(smelt::worse_of(worst_first[other], worst_first[worse]) == worst_first[worse]);
        }
}

TEST_CASE("failed items change the exit code only when that was asked for") {
    smelt::orchestrator::run_summary s;
    CHECK(smelt::cli::code_of(s, true) == exit_code::ok);
    s.failed = 1;
    CHECK(smelt::cli::code_of(s, false) == exit_code::ok);
    CHECK(smelt::cli::code_of(s, true) == exit_code::items_failed);
}

TEST_CASE("a command line that cannot be read throws before anything is done") {
    std::ostringstream out, err;
    CHECK_THROWS_AS(smelt::cli::run_command_line({"nonsense"}, out, err), smelt::usage_error);
    CHECK(smelt::cli::run_command_line({"--version"}, out, err) == exit_code::ok);
    CHECK(out.str().starts_with("smelt "));
}
