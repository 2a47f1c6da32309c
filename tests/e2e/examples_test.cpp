#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <sstream>
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
        for (const auto &[name, value] : more_)
            c.environment[name] = value;
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
        std::erase(columns, '\r');
        std::erase(columns, '"');
        const auto create = "CREATE TABLE public." + table + " (\"" +
                            std::regex_replace(columns, std::regex{","}, "\" text, \"") + "\" text)";
        smelt({"db", "psql", "--", "-v", "ON_ERROR_STOP=1", "-c", create, "-c",
               "\\copy public." + table + " from '" + file.string() + "' csv header"});
    }

    std::string sql(const std::string &query) { return value_of(connection_, query); }

    [[nodiscard]] const fs::path &folder() const { return folder_.path(); }
    [[nodiscard]] temp_folder &files() { return folder_; }
    [[nodiscard]] const sim_server &simulator() const { return simulator_; }

    /// One more variable for each command.
    void set(const std::string &name, const std::string &value) { more_[name] = value; }

  private:
    temp_folder folder_;
    temp_database database_;
    sim_server simulator_;
    db::connection connection_{database_.direct(), "test"};
    std::map<std::string, std::string> more_;
};

const std::vector<std::string> run_to_end{"run", "--wait", "--poll", "200ms", "--timeout", "100s"};

/// The candidates, answered by the recording at one of the two doors of the server.
struct candidates : example {
    explicit candidates(const std::string &door)
        : example{"candidate-scoring",
                  {"--latency", "300ms", "--invalid-rate", "0", "--replay",
                   (fs::path{SMELT_SOURCE_DIR} / "examples/candidate-scoring/recorded.jsonl").string()}} {
        auto plain = simulator().url();
        plain.insert(plain.rfind("/v1"), "/plain");
        set("SCORING_BATCH_URL", plain);
        set("SCORING_URL", simulator().url());
        set("SCORING_PROVIDER", door);
    }
    std::string different() {
        return sql("SELECT string_agg(candidate_id, ' ') FROM public.expected AS e JOIN smelt.items AS i ON i.key = "
                   "e.candidate_id "
                   "LEFT JOIN smelt.results AS r ON r.key = i.key "
                   "WHERE i.status <> e.status OR r.output::text IS DISTINCT FROM nullif(e.score, '')");
    }
};

} // namespace

TEST_CASE("the papers of the demo end as expected.csv says, also when the run is killed ten times") {
    const int kills = GENERATE(0, 10);
    example papers{"papers",
                   {"--latency", "300ms", "--invalid-rate", "0", "--replay",
                    (fs::path{SMELT_SOURCE_DIR} / "examples/papers/recorded.jsonl").string()}};
    std::mt19937 random{7};
    for (int kill = 0; kill < kills; ++kill) {
        process running{papers.smelt_command(run_to_end)};
        std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution<>{50, 600}(random)});
        running.send(SIGKILL);
        running.wait();
    }
    papers.smelt(run_to_end);
    const auto exported = papers.folder() / "exported.csv";
    papers.smelt({"export", "papers", "--all", "--format", "csv", "-o", exported.string()});
    papers.import("expected", papers.folder() / "expected.csv");
    papers.import("exported", exported);
    CHECK(papers.sql("SELECT count(*) FROM public.exported") == "40");
    CHECK(papers.sql("SELECT string_agg(key, ' ') FROM public.expected AS a FULL JOIN public.exported AS b ON "
                     "b.paper_id = a.key "
                     "WHERE (a.status, a.title, a.year, a.field, a.score::numeric) IS DISTINCT FROM "
                     "(b.status, b.\"output.title\", b.year, b.field, round(b.score::numeric, 2))") == "null");
    CHECK(papers.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(papers.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    CHECK(papers.sql("SELECT count(*) FROM smelt.batches WHERE state NOT IN ('closed', 'abandoned')") == "0");
}

TEST_CASE("the descriptions of this machine's packages become rows with a gold label") {
    example packages{"debian-packages", {"--latency", "300ms", "--invalid-rate", "0"}};
    example::must_succeed(packages.command_of(packages.folder() / "make-records", {"300"}));
    packages.smelt(run_to_end);
    CHECK(packages.sql("SELECT extracted + failed_validation + skipped FROM smelt.status") == "300");
    CHECK(packages.sql("SELECT count(*) > 100 FROM smelt.results WHERE fields->>'section' <> '' AND "
                       "output->>'section' IS NOT NULL") == "t");
    CHECK(packages.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(packages.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
}

TEST_CASE("candidates get the scores of scores.csv, in batches and one by one, in any order of the rows") {
    const auto *door = GENERATE("batch", "synchronous");
    candidates e{door};
    const bool shuffled = GENERATE(false, true);
    auto rows = e.files().read("data/candidates.csv");
    if (shuffled) {
        // No cell of it has a line break.
        std::vector<std::string> lines;
        std::istringstream in{rows};
        for (std::string line; std::getline(in, line);)
            lines.push_back(line + "\n");
        std::shuffle(lines.begin() + 1, lines.end(), std::mt19937{7});
        rows.clear();
        for (const auto &line : lines)
            rows += line;
        e.files().write("data/candidates.csv", rows);
    }
    e.smelt(run_to_end);
    e.import("expected", e.folder() / "expected/scores.csv");
    CHECK(e.sql("SELECT count(*) FROM smelt.items") == "200");
    CHECK(e.different() == "null");
    CHECK(e.sql("SELECT count(*) FROM smelt.results WHERE jsonb_typeof(output) <> 'number'") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    e.smelt({"export", "candidate_scoring", "--format", "csv", "-o", (e.folder() / "out.csv").string()});
    e.import("exported", e.folder() / "out.csv");
    CHECK(e.sql("SELECT count(*) FROM public.exported AS o JOIN public.expected AS e ON e.candidate_id = "
                "o.candidate_id WHERE "
                "o.answer = e.score") == "198");
    // The name is in no question.
    const auto shown = run(e.smelt_command({"show", "candidate_scoring", "1042"}));
    CHECK_THAT(shown.out, SMELT_CONTAINS("user> Years Experience: 15") && !SMELT_CONTAINS("user> Name:"));
}

TEST_CASE("a thousand candidates are made and scored") {
    candidates e{"batch"};
    const auto made = run(e.command_of(e.folder() / "make-candidates", {"1000"}));
    REQUIRE(made.status == 0);
    e.files().write("data/candidates.csv", made.out);
    e.smelt(run_to_end);
    CHECK(e.sql("SELECT extracted + failed + failed_validation FROM smelt.status") == "1000");
    CHECK(e.sql("SELECT extracted FROM smelt.status") == "998");
    // Bare numbers have a distribution, too.
    const auto report = json::parse(run(e.smelt_command({"report", "candidate_scoring", "--json"})).out)["tasks"][0];
    REQUIRE(report["fields"].size() == 1);
    CHECK(report["fields"][0]["field"] == "output");
    CHECK(report["fields"][0]["values"] == 998);
    CHECK(report["fields"][0]["min"] == 1);
    CHECK(report["fields"][0]["max"] == 10);
    CHECK(report["cost_usd"].is_null());
}

TEST_CASE(
    "paragraphs without ids get their own scores, whatever becomes of the batches, and some a second question later") {
    example e{"biodiversity", {"--latency", "300ms", "--invalid-rate", "0.03"}};
    const auto whole = e.files().read("pipeline.yaml");
    // The second question is not there at first.
    e.files().write("pipeline.yaml", whole.substr(0, whole.find("\n  assets:")));
    e.simulator().fault(R"([{"expire_after_fraction":0.4},{"error_lines":3},{"wrapped_lines":1}])");
    e.smelt({"run", "--max", "500"});
    e.smelt({"cancel", "--all", "biodiversity", "--yes", "--requeue"});
    e.smelt(run_to_end);
    CHECK(e.sql("SELECT string_agg(task || ' ' || extracted || ' ' || skipped, ',') FROM smelt.status") ==
          "screen 1225 12");
    CHECK(e.sql("SELECT failed FROM smelt.status") == "3");
    e.files().write("pipeline.yaml", whole);
    e.smelt({"retry", "biodiversity"});
    e.smelt(run_to_end);
    e.import("expected", e.folder() / "expected/counts.csv");
    CHECK(
        e.sql("SELECT count(*) FROM public.expected AS e FULL JOIN (SELECT fields->>'csv_file_name' AS csv_file_name, "
              "output->>'Score' AS score, count(*)::text AS paragraphs FROM smelt.results WHERE task = 'screen' GROUP "
              "BY 1, 2) "
              "AS r USING (csv_file_name, score, paragraphs) WHERE e IS NULL OR r IS NULL") == "0");
    // Asked of those with score 1 alone, and answered about the paragraph's own words.
    CHECK(e.sql("SELECT count(*) FROM smelt.items AS a JOIN smelt.results AS s ON s.record_id = a.record_id AND s.task "
                "= 'screen' "
                "WHERE a.task = 'assets' AND (a.status = 'extracted') <> (s.output->>'Score' = '1')") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.results AS r, regexp_split_to_table(r.output->>'Explanation', "
                "'[^[:alpha:]]+') AS word "
                "WHERE length(word) > 4 AND position(lower(word) in lower(r.fields->>'paragraph_text')) = 0 "
                "AND word NOT IN ('simulated', 'Paragraph')") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.record WHERE key LIKE '%-_'") != "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    e.smelt(
        {"export", "biodiversity", "--task", "screen", "--by", "source_file", "-o", (e.folder() / "results").string()});
    for (const auto *chunk : {"chunk_1", "chunk_2", "chunk_3"}) {
        const auto table = std::string{chunk};
        e.import(table + "_in", e.folder() / "data" / (table + ".csv"));
        e.import(table + "_out", e.folder() / "results" / (table + ".csv"));
        // Each row of the file but the empty ones, with the answer to its own paragraph.
        CHECK(
            e.sql("SELECT count(*) FROM (SELECT pdf_file_name, paragraph_text FROM public." + table +
                  "_in WHERE btrim(paragraph_text) <> '' EXCEPT ALL SELECT pdf_file_name, paragraph_text FROM public." +
                  table + "_out) AS x") == "0");
    }
    e.smelt(
        {"export", "biodiversity", "--all", "--columns", "merged.yaml", "-o", (e.folder() / "merged.csv").string()});
    e.import("merged", e.folder() / "merged.csv");
    e.import("investors", e.folder() / "expected/investors.csv");
    CHECK(e.sql("SELECT count(*) FROM public.merged") == "1240");
    CHECK(e.sql("SELECT count(*) FROM public.merged WHERE left_out = 'empty'") == "12");
    CHECK(e.sql("SELECT count(*) FROM public.investors AS e FULL JOIN (SELECT investor_name, score, count(*)::text AS "
                "paragraphs FROM public.merged WHERE score <> '' GROUP BY 1, 2) AS m USING (investor_name, score, "
                "paragraphs) WHERE e IS NULL OR m IS NULL") == "0");
    // Beside labels of people, found by the text whatever its blanks, quotes and case.
    const auto compared = run(e.smelt_command({"eval", "biodiversity", "--task", "screen", "--gold", "labels.csv",
                                               "--by-text", "paragraph_text", "--parts", "investor", "--mismatches",
                                               (e.folder() / "mismatches.csv").string()}));
    CHECK(compared.out == e.files().read("expected/agreement.txt"));
    e.import("mismatches", e.folder() / "mismatches.csv");
    CHECK(e.sql("SELECT count(*) FROM public.mismatches AS m JOIN smelt.results AS r USING (key) WHERE r.task = "
                "'screen' AND r.output->>'Score' = m.answered AND m.answered <> m.expected") == "13");
    const auto raw = run(e.smelt_command({"export", "biodiversity", "--raw", "--task", "screen"}));
    CHECK(std::ranges::count(raw.out, '\n') == 1228);
}

TEST_CASE("prompts of a JSON document are answered by section and kind, and a second run sends nothing") {
    example e{"visual-prompts",
              {"--latency", "300ms", "--invalid-rate", "0", "--replay",
               (fs::path{SMELT_SOURCE_DIR} / "examples/visual-prompts/recorded.jsonl").string()}};
    e.smelt(run_to_end);
    const auto exported = run(e.smelt_command({"export", "visual_prompts", "--grouped", "section,task"}));
    CHECK(json::parse(exported.out) == json::parse(e.files().read("expected/results.json")));
    CHECK(e.sql("SELECT string_agg(extracted || '+' || skipped, ' ' ORDER BY task) FROM smelt.status") ==
          "4+0 3+1 4+0");
    // One answer was cut off, and one line was an error: both were asked again.
    CHECK(e.sql("SELECT string_agg(cause, ' ' ORDER BY cause) FROM (SELECT smelt.cause_name(cause) AS cause FROM "
                "smelt.attempt WHERE outcome <> 0) AS a") == "transport truncated");
    const auto before = e.sql("SELECT count(*) FROM smelt.batches");
    e.smelt(run_to_end);
    CHECK(e.sql("SELECT count(*) FROM smelt.batches") == before);
    CHECK(e.sql("SELECT count(*) FROM smelt.results WHERE cost_usd > 0") == "11");
}

namespace {

/// The tenders, with a portal, a batch service and a synchronous one, all of the simulator.
struct triage : example {
    triage()
        : example{"opportunity-triage",
                  {"--latency", "300ms", "--invalid-rate", "0", "--replay", file("recorded.jsonl"), "--portal",
                   file("data/portal.json")}} {
        const auto root = simulator().url().substr(0, simulator().url().rfind("/v1"));
        set("PORTAL_URL", root + "/portal");
        set("PORTAL_KEY", "portal-key-of-the-example");
        set("FETCH_BACKOFF", "200ms");
        set("SMELT_FETCH_PRIVATE", "127.0.0.1");
        set("MISTRAL_URL", root + "/mistral/v1");
        set("MISTRAL_API_KEY", "none");
        set("VERIFY_URL", simulator().url());
        set("SIMULATOR", root);
    }

    static std::string file(const std::string &name) {
        return (fs::path{SMELT_SOURCE_DIR} / "examples/opportunity-triage" / name).string();
    }

    /// Keys of rows that the table and the expected one do not share, but for times.
    std::string different(const std::string &table) {
        const auto rows = [](const std::string &of) {
            return "(SELECT to_jsonb(t) - '{assessment_timestamp,verification_timestamp}'::text[] AS row FROM public." +
                   of + " AS t) AS " + of;
        };
        return sql("SELECT string_agg(coalesce(" + table + ".row, expected_" + table + ".row)::text, ' ') FROM " +
                   rows(table) + " FULL JOIN " + rows("expected_" + table) + " ON " + table + ".row = expected_" +
                   table + ".row WHERE " + table + ".row IS NULL OR expected_" + table + ".row IS NULL");
    }
};

} // namespace

TEST_CASE("tenders of a portal are knocked out, judged and looked at again, also when the run is killed") {
    const int kills = GENERATE(0, 8);
    triage e;
    std::mt19937 random{11};
    for (int kill = 0; kill < kills; ++kill) {
        process running{e.smelt_command(run_to_end)};
        std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution<>{30, 500}(random)});
        running.send(SIGKILL);
        running.wait();
    }
    e.smelt(run_to_end);
    e.smelt({"export", "opportunity_triage", "--all", "--columns", "columns.yaml", "-o",
             (e.folder() / "assessment.csv").string()});
    e.smelt({"export", "opportunity_triage", "--sql", "go.sql", "-o", (e.folder() / "go.csv").string()});
    e.smelt(
        {"export", "opportunity_triage", "--sql", "statistics.sql", "-o", (e.folder() / "statistics.csv").string()});
    e.smelt({"eval", "opportunity_triage", "--tasks", "assess,verify", "--field", "decision", "--mismatches",
             (e.folder() / "overrides.csv").string()});
    for (const std::string table : {"assessment", "go", "statistics", "overrides"}) {
        e.import(table, e.folder() / (table + ".csv"));
        e.import("expected_" + table, e.folder() / "expected" / (table + ".csv"));
        CHECK(e.different(table) == "null");
    }
    CHECK(e.sql("SELECT count(*) FROM public.assessment WHERE num_nulls(assessment_timestamp, batch_decision) = 1 OR "
                "num_nulls(verification_timestamp, agent_decision) = 1") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    // A key in two searches is one record, and nothing was asked twice without a reason.
    CHECK(e.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.record WHERE "
                "jsonb_array_length(fields->'origins') = 2") == "ZX9003-26-Q-0021 ZX9009-26-Q-0063");
    if (kills == 0)
        CHECK(e.sql("SELECT sum(sent) FROM smelt.batch WHERE kind = 0") ==
              "26"); // 21 questions, and 5 more after bad answers
}

TEST_CASE("the scripts that the demo runs come to their ends") {
    const auto *name = GENERATE("biodiversity", "candidate-scoring", "visual-prompts");
    std::vector<std::string> options{"--latency", "300ms"};
    const auto recorded = fs::path{SMELT_SOURCE_DIR} / "examples" / name / "recorded.jsonl";
    if (fs::exists(recorded))
        options.insert(options.end(), {"--invalid-rate", "0", "--replay", recorded.string()});
    example e{name, options};
    e.set("SIMULATOR", e.simulator().url().substr(0, e.simulator().url().rfind("/v1")));
    e.set("PATH", (fs::path{SMELT_BINARY_DIR} / "bin").string() + ":" + std::getenv("PATH"));
    example::must_succeed(e.command_of(e.folder() / "demo", {}));
}

TEST_CASE("the script that the demo of opportunity-triage runs comes to its end") {
    triage e;
    e.set("PATH", (fs::path{SMELT_BINARY_DIR} / "bin").string() + ":" + std::getenv("PATH"));
    const auto done = run(e.command_of(e.folder() / "demo", {}));
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("All of 6 examples come out as they should.") &&
                             SMELT_CONTAINS(e.files().read("expected/statistics.csv")) &&
                             SMELT_CONTAINS(e.files().read("expected/overrides.csv")));
}
