#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

namespace fs = std::filesystem;

/// An example of the repository, copied, with a simulator and a database of its own.
class example {
  public:
    example(const std::string &name, std::vector<std::string> simulator) : simulator_{std::move(simulator)} {
        fs::copy(fs::path{SMELT_SOURCE_DIR} / "examples" / name, folder_.path(), fs::copy_options::recursive);
    }

    [[nodiscard]] command command_of(fs::path program, std::vector<std::string> arguments) const {
        command c;
        c.program = std::move(program);
        c.arguments = std::move(arguments);
        c.environment = {{"SMELT_PROVIDER_URL", simulator_.url()},
                         {"OPENAI_API_KEY", "none"},
                         {"SMELT_SEND_WINDOW", "2s"},
                         {"SMELT_LIST_GRACE", "500ms"},
                         {"SMELT_LEASE", "5s"},
                         {"DATABASE_URL", database_.conninfo()},
                         {"NO_COLOR", "1"}};
        c.folder = folder_.path();
        return c;
    }

    [[nodiscard]] command smelt_command(std::vector<std::string> arguments) const {
        return command_of(fs::path{SMELT_BINARY_DIR} / "bin/smelt", std::move(arguments));
    }

    static void must_succeed(const command &c) {
        const auto done = run(c);
        INFO(done.err);
        REQUIRE(done.status == 0);
    }

    void smelt(std::vector<std::string> arguments) const { must_succeed(smelt_command(std::move(arguments))); }

    /// A CSV file with a header as a table of texts.
    void import(const std::string &table, const fs::path &file) const {
        std::ifstream in{file};
        std::string columns;
        REQUIRE(std::getline(in, columns));
        std::ranges::replace(columns, '\r', ' ');
        const auto create = "CREATE TABLE public." + table + " (\"" +
                            std::regex_replace(columns, std::regex{","}, "\" text, \"") + "\" text)";
        smelt({"db", "psql", "--", "-v", "ON_ERROR_STOP=1", "-c", create, "-c",
               "\\copy public." + table + " from '" + file.string() + "' csv header"});
    }

    std::string sql(const std::string &query) { return value_of(connection_, query); }

    [[nodiscard]] const fs::path &folder() const { return folder_.path(); }

  private:
    temp_folder folder_;
    temp_database database_;
    sim_server simulator_;
    db::connection connection_{database_.direct(), "test"};
};

} // namespace

TEST_CASE("the papers of the demo end as expected.csv says, also when the run is killed ten times") {
    const int kills = GENERATE(0, 10);
    example papers{"papers",
                   {"--latency", "300ms", "--invalid-rate", "0", "--replay",
                    (fs::path{SMELT_SOURCE_DIR} / "examples/papers/recorded.jsonl").string()}};
    const std::vector<std::string> to_end{"run", "--wait", "--poll", "200ms", "--timeout", "100s"};
    std::mt19937 random{7};
    for (int kill = 0; kill < kills; ++kill) {
        process running{papers.smelt_command(to_end)};
        std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution<>{50, 600}(random)});
        running.send(SIGKILL);
        running.wait();
    }
    papers.smelt(to_end);
    const auto exported = papers.folder() / "exported.csv";
    papers.smelt({"export", "papers", "--all", "--format", "csv", "-o", exported.string()});
    papers.import("expected", papers.folder() / "expected.csv");
    papers.import("exported", exported);
    CHECK(papers.sql("SELECT count(*) FROM public.exported") == "40");
    CHECK(papers.sql("SELECT string_agg(key, ' ') FROM public.expected AS a FULL JOIN public.exported AS b USING (key) "
                     "WHERE (a.status, a.title, a.year, a.field, a.score::numeric) IS DISTINCT FROM "
                     "(b.status, b.title, b.year, b.field, round(b.score::numeric, 2))") == "null");
    CHECK(papers.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(papers.sql("SELECT count(*) FROM smelt.batches WHERE state NOT IN ('closed', 'abandoned')") == "0");
}

TEST_CASE("the descriptions of this machine's packages become rows with a gold label") {
    example packages{"debian-packages", {"--latency", "300ms", "--invalid-rate", "0"}};
    example::must_succeed(packages.command_of(packages.folder() / "make-records", {"300"}));
    packages.smelt({"run", "--wait", "--poll", "200ms", "--timeout", "100s"});
    CHECK(packages.sql("SELECT extracted + failed_validation + skipped FROM smelt.status") == "300");
    CHECK(packages.sql("SELECT count(*) > 100 FROM smelt.results WHERE fields->>'section' <> '' AND "
                       "output->>'section' IS NOT NULL") == "t");
    CHECK(packages.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
}
