#include "catch.hpp"
#include "cli/options.hpp"

#include "smelt/cli/command_line.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/version.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <sstream>

using namespace smelt::cli;
using namespace std::chrono_literals;

namespace {

/// The arguments of one command as its own parser reads them.
template <class Arguments>
Arguments parse(std::vector<std::string> words) {
    Arguments a;
    CLI::App app;
    option_set options{app};
    describe(options, a);
    std::reverse(words.begin(), words.end());
    app.parse(words);
    return a;
}

std::string refusal(const std::vector<std::string> &words) {
    try {
        parse_command_line(words);
    } catch (const smelt::usage_error &e) {
        return e.what() + std::string{" | "} + e.hint();
    }
    return "accepted";
}

} // namespace

TEST_CASE("run has the documented defaults") {
    const auto a = parse<run_arguments>({});
    CHECK(a.pipelines.empty());
    CHECK_FALSE(a.wait);
    CHECK(a.poll == 30s);
    CHECK(a.timeout == 2h);
    CHECK_FALSE(a.max.has_value());
    CHECK_FALSE(a.sample.has_value());
}

TEST_CASE("run understands all its options") {
    const auto a = parse<run_arguments>({"a.yaml",
                                         "b",
                                         "--wait",
                                         "--poll",
                                         "5s",
                                         "--timeout",
                                         "90m",
                                         "--max",
                                         "100",
                                         "--sample",
                                         "20",
                                         "--task",
                                         "t",
                                         "--model",
                                         "m",
                                         "--name",
                                         "n",
                                         "--accept-changes",
                                         "--allow-old-version",
                                         "--fail-on-failures",
                                         "--json"});
    CHECK(a.pipelines == std::vector<std::string>{"a.yaml", "b"});
    CHECK(a.wait);
    CHECK(a.poll == 5s);
    CHECK(a.timeout == 90min);
    CHECK(a.max == 100);
    CHECK(a.sample == 20);
    CHECK(a.task == "t");
    CHECK(a.model == "m");
    CHECK(a.name == "n");
    CHECK((a.accept_changes && a.allow_old_version && a.fail_on_failures && a.json));
    CHECK_FALSE(a.dry_run);
}

TEST_CASE("a wrong value is refused with the option's name and an example") {
    CHECK_THAT(refusal({"run", "--wait", "--poll", "5"}), SMELT_CONTAINS("--poll") && SMELT_CONTAINS("30s"));
    CHECK_THAT(refusal({"run", "--max", "0"}), SMELT_CONTAINS("--max") && SMELT_CONTAINS("whole number"));
    CHECK_THAT(refusal({"run", "--max", "12x"}), SMELT_CONTAINS("12x"));
    CHECK_THAT(refusal({"run", "--max", "99999999999999999999"}), SMELT_CONTAINS("--max"));
    CHECK_THAT(refusal({"export", "p", "--format", "xml"}),
               SMELT_CONTAINS("csv") && SMELT_CONTAINS("smelt export --help"));
    CHECK_THAT(refusal({"--log-level", "loud", "status"}), SMELT_CONTAINS("loud"));
    CHECK_THAT(refusal({"db", "reboot"}), SMELT_CONTAINS("reboot"));
}

TEST_CASE("a word that is no command is answered with the nearest one") {
    CHECK_THAT(refusal({"staus"}), SMELT_CONTAINS("staus") && SMELT_CONTAINS("status"));
    CHECK_THAT(refusal({"status", "--jsn"}), SMELT_CONTAINS("--jsn") && SMELT_CONTAINS("smelt status --help"));
    CHECK_THAT(refusal({"failures"}), SMELT_CONTAINS("PIPELINE"));
    CHECK_THAT(refusal({"run", "--poll", "5s"}), SMELT_CONTAINS("--wait"));
}

TEST_CASE("options of every command may stand before or after it") {
    for (const auto &words : {std::vector<std::string>{"--db", "dbname=x", "--no-color", "status", "papers"},
                              std::vector<std::string>{"status", "papers", "--db", "dbname=x", "--no-color"}}) {
        const auto wanted = parse_command_line(words);
        CHECK(wanted.command == "status");
        CHECK(wanted.global.db == "dbname=x");
        CHECK(wanted.global.no_color);
        CHECK(wanted.execute);
    }
}

TEST_CASE("everything after two dashes belongs to psql") {
    CHECK(parse<db_arguments>({"psql", "--", "-c", "SELECT 1", "--csv"}).arguments ==
          std::vector<std::string>{"-c", "SELECT 1", "--csv"});
    const auto wanted = parse_command_line({"db", "psql", "--", "-c", "SELECT 1", "--db", "x"});
    CHECK(wanted.command == "db");
    CHECK(wanted.global.db.empty());
    CHECK_THAT(refusal({"db", "psql", "-c", "SELECT 1"}), SMELT_CONTAINS("psql -- "));
}

TEST_CASE("cancel takes numbers or a pipeline, not both") {
    CHECK(parse<cancel_arguments>({"17", "18", "--yes"}).batches == std::vector<std::string>{"17", "18"});
    CHECK(parse<cancel_arguments>({"--all", "papers"}).all == "papers");
    CHECK_THAT(refusal({"cancel", "17", "--all", "papers"}), SMELT_CONTAINS("--all"));
    CHECK_THAT(refusal({"adopt", "17", "batch_x", "--absent"}), SMELT_CONTAINS("--absent"));
}

TEST_CASE("a starter pipeline is called after its folder, in a name that a pipeline may have") {
    CHECK(pipeline_name_for("papers") == "papers");
    CHECK(pipeline_name_for("/srv/Old Papers/") == "old_papers");
    CHECK(pipeline_name_for("a/../b") == "b");
    CHECK(pipeline_name_for("2026--Q1!") == "p_2026_q1");
    CHECK(pipeline_name_for("/srv/\xC3\xA9t\xC3\xA9") == "t");
    CHECK(pipeline_name_for("/").size() == 8);
    CHECK(pipeline_name_for("/\xE6\x95\xB0") != pipeline_name_for("/\xE6\x96\x87")); // two folders, two pipelines
    CHECK(pipeline_name_for(".") == pipeline_name_for(std::filesystem::current_path()));
    CHECK(pipeline_name_for(std::string(60, 'x')) == std::string(41, 'x'));
}

TEST_CASE("version and help are text, not commands") {
    CHECK(parse_command_line({"--version"}).text == "smelt " + std::string{version} + "\n");
    for (const auto &words : {std::vector<std::string>{}, std::vector<std::string>{"--help"}}) {
        const auto wanted = parse_command_line(words);
        CHECK_FALSE(wanted.execute);
        CHECK_THAT(wanted.text, SMELT_CONTAINS("Exit codes:") && SMELT_CONTAINS("doctor") && SMELT_CONTAINS("--db"));
    }
}

TEST_CASE("every command's help has a purpose, an example and the exit codes, within 100 columns") {
    for (const std::string command :
         {"run", "load", "export", "status", "batches", "failures", "show", "answers", "doctor", "retry", "redo",
          "cancel", "resume", "adopt", "init", "migrate", "db"}) {
        INFO(command);
        const auto wanted = parse_command_line({command, "--help"});
        CHECK_FALSE(wanted.execute);
        CHECK_THAT(wanted.text, SMELT_CONTAINS("Usage: smelt " + command) && SMELT_CONTAINS("Example") &&
                                    SMELT_CONTAINS("Exit codes:"));
        std::istringstream lines{wanted.text};
        for (std::string line; std::getline(lines, line);)
            CHECK(line.size() <= 110);
    }
}

TEST_CASE("the version is that of the project") {
    std::ifstream in{SMELT_SOURCE_DIR "/CMakeLists.txt"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    CHECK_THAT(text, SMELT_CONTAINS("project(smelt VERSION " + std::string{version} + " "));
}
