#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"

#include <algorithm>
#include <fstream>

using namespace smelt;
using namespace smelt::test;

namespace {

/// A rule that no answer satisfies, and one attempt only.
const char *const hopeless_task = R"(
  extract:
    model: gpt-5-mini
    user: "Title: {{title}}\nNote: {{note}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
    rules: [{name: never, check: "false", severity: hard, message: "nothing is good enough"}]
    retry: {attempts: 1, deliveries: 2, backoff: 50ms}
)";

json document_of(const finished &f) {
    INFO(f.err);
    REQUIRE(f.status == 0);
    return json::parse(f.out);
}

std::string text_of(const std::filesystem::path &file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A command that nothing tells where its database is, unless the arguments or a .env do.
command undirected(const pipeline_fixture &f, std::vector<std::string> arguments) {
    auto c = f.smelt_command({});
    c.arguments = std::move(arguments);
    for (const auto *name : {"DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"})
        c.environment[name] = std::nullopt;
    return c;
}

} // namespace

TEST_CASE("before anything has run, looking says so and makes nothing") {
    pipeline_fixture f{{.records = 1}};
    temp_database empty{temp_database::content::empty};
    auto c = f.smelt_command({"status"});
    c.arguments.back() = empty.conninfo();
    const auto looked = run(c);
    CHECK(looked.status == 1);
    CHECK_THAT(looked.err, SMELT_CONTAINS("no pipeline has run here yet"));
    CHECK(looked.out.empty());
}

TEST_CASE("without a terminal no command makes a private database by itself") {
    pipeline_fixture f{{.records = 1}};
    const auto home = f.folder() / "home";
    for (const auto &words : std::vector<std::vector<std::string>>{
             {"run"}, {"run", "pipeline.yaml"}, {"load", "pipeline.yaml"}, {"migrate"}, {"db", "psql"}}) {
        INFO(words.front());
        const auto refused = run(undirected(f, words));
        CHECK(refused.status == 1);
        CHECK_THAT(refused.err, SMELT_CONTAINS("no database is found") && SMELT_CONTAINS("smelt db start"));
        CHECK_FALSE(std::filesystem::exists(home));
    }
    for (const auto &words :
         std::vector<std::vector<std::string>>{{"status"}, {"status", "notes"}, {"run", "notes"}, {"retry", "notes"}}) {
        INFO(words.front());
        const auto refused = run(undirected(f, words));
        CHECK(refused.status == 1);
        CHECK_THAT(refused.err, SMELT_CONTAINS("no database is found") && SMELT_CONTAINS("name the pipeline's file"));
        CHECK_FALSE(std::filesystem::exists(home));
    }
    CHECK_THAT(run(undirected(f, {"doctor"})).out, SMELT_CONTAINS("no database is found"));
}

TEST_CASE("every command started from another folder uses the database of the .env beside the pipeline file") {
    pipeline_fixture f{{.records = 3, .simulator = {"--latency", "50ms", "--invalid-rate", "0"}}};
    f.files().write(".env", "DATABASE_URL=\"" + f.database().conninfo() + "\"\nTEST_KEY=test-key-1\n");
    temp_folder elsewhere;
    const auto file = (f.folder() / "pipeline.yaml").string();
    const auto there = [&](std::vector<std::string> words) {
        auto c = undirected(f, std::move(words));
        c.folder = elsewhere.path();
        c.environment["TEST_KEY"] = std::nullopt;
        return run(c);
    };
    const auto done = there({"run", file, "--wait", "--poll", "100ms"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    f.check_all_done(3);
    for (const auto &words : std::vector<std::vector<std::string>>{{"status", file},
                                                                   {"batches", file},
                                                                   {"failures", file},
                                                                   {"export", file, "--format", "csv"},
                                                                   {"retry", file},
                                                                   {"redo", file, "--changed"},
                                                                   {"resume", file},
                                                                   {"cancel", "--all", file},
                                                                   {"adopt", "--from-provider", file},
                                                                   {"load", file},
                                                                   {"doctor", file}}) {
        INFO(words.front());
        const auto looked = there(words);
        INFO(looked.err);
        CHECK(looked.status == 0);
    }
    CHECK(there({"status", "notes"}).status == 1);
    elsewhere.write(".env", "DATABASE_URL=dbname=another\n");
    CHECK_THAT(there({"run", file}).err, SMELT_CONTAINS((elsewhere.path() / ".env").string()) &&
                                             SMELT_CONTAINS(file.substr(0, file.rfind('/')) + "/.env"));
}

TEST_CASE("a database with tables of others is not migrated without being asked") {
    pipeline_fixture f{{.records = 1}};
    temp_database foreign{temp_database::content::empty};
    {
        db::connection connection{foreign.direct(), "test"};
        db::transaction tx{connection};
        tx.exec("CREATE TABLE accounts (id int)");
        tx.commit();
    }
    auto c = f.smelt_command({"run"});
    c.arguments.back() = foreign.conninfo();
    const auto refused = run(c);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("smelt migrate"));
    c.arguments.front() = "migrate";
    CHECK(run(c).status == 0);
    c.arguments.front() = "load";
    c.arguments.insert(c.arguments.begin() + 1, "pipeline.yaml");
    CHECK(run(c).status == 0);
}

TEST_CASE("a server that is not there ends with 2 and a hint") {
    pipeline_fixture f{{.records = 1}};
    auto c = f.smelt_command({"status"});
    c.arguments.back() = "host=/nowhere";
    const auto done = run(c);
    CHECK(done.status == 2);
    CHECK_THAT(done.err, SMELT_CONTAINS("hint:"));
}

TEST_CASE("status, batches and export tell the same story") {
    pipeline_fixture f{{.records = 40}};
    const auto summary = document_of(f.smelt({"run", "--json"}));
    CHECK(summary["records_added"] == 40);
    CHECK(summary["requests_submitted"] == 40);
    f.run_to_end();

    const auto status = document_of(f.smelt({"status", "notes", "--json"}));
    REQUIRE(status.size() == 1);
    CHECK(status[0]["total"] == 40);
    CHECK(status[0]["extracted"] == 40);
    CHECK(status[0]["progress"] == 1.0);
    CHECK(document_of(f.smelt({"batches", "pipeline.yaml", "--json"})).size() >= 1);
    CHECK(document_of(f.smelt({"batches", "--open", "--json"})).empty());
    CHECK(document_of(f.smelt({"failures", "notes", "--json"})).empty());

    const auto lines = f.smelt({"export", "notes", "--format", "jsonl"});
    REQUIRE(lines.status == 0);
    CHECK(std::ranges::count(lines.out, '\n') == 40);
    const auto first = json::parse(lines.out.substr(0, lines.out.find('\n')));
    CHECK(first["id"] == "r1");
    CHECK(first["title"] == "Note 1, the 1th");
    CHECK(first["year"].is_number_integer());

    REQUIRE(f.smelt({"export", "notes", "-o", "out.csv"}).status == 0);
    const auto csv = text_of(f.folder() / "out.csv");
    CHECK(
        csv.starts_with("id,title,topic,note,output.title,year,confidence,score,needs_review,superseded,warnings,"
                        "status,reason,model,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd\r\n"));
    CHECK_THAT(csv, SMELT_CONTAINS("\"Note 7, the 7th\""));
    for (const auto &entry : std::filesystem::directory_iterator{f.folder()})
        CHECK_THAT(entry.path().filename().string(), !SMELT_CONTAINS(".part-"));

    const auto again = f.smelt({"run"});
    CHECK_THAT(again.out, SMELT_CONTAINS("Nothing to do: all 40 items are done."));
}

TEST_CASE("failures say why, change the exit code when asked, and can be retried") {
    pipeline_fixture f{{.records = 3, .task = hopeless_task}};
    const auto done = f.smelt({"run", "--wait", "--poll", "200ms", "--fail-on-failures"});
    CHECK(done.status == 3);
    CHECK_THAT(done.out, SMELT_CONTAINS("smelt failures notes"));

    const auto shown = f.smelt({"failures", "notes", "--limit", "2"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, SMELT_CONTAINS("nothing is good enough") && SMELT_CONTAINS("records.csv") &&
                              SMELT_CONTAINS("  | {") && SMELT_CONTAINS("These are 2 of 3."));

    const auto grouped = f.smelt({"failures", "notes"});
    CHECK_THAT(grouped.out, SMELT_CONTAINS("extract, rule: 3 items, for example\nr1\n") &&
                                SMELT_CONTAINS("3 items in all.") && !SMELT_CONTAINS("\nr2\n"));
    CHECK(document_of(f.smelt({"failures", "notes", "--json"}))[0]["items"] == 3);
    CHECK(document_of(f.smelt({"failures", "notes", "--all", "--json"})).size() == 3);

    CHECK(f.smelt({"retry", "notes", "--key", "nobody"}).status == 1);
    CHECK(f.smelt({"retry", "notes", "--task", "extrct"}).status == 1);
    CHECK_THAT(f.smelt({"retry", "notes", "--key", "r2"}).out, SMELT_CONTAINS("1 item is pending again"));
    CHECK(f.sql("SELECT pending || ' ' || failed_validation FROM smelt.status") == "1 2");
    CHECK_THAT(f.smelt({"retry", "notes"}).out, SMELT_CONTAINS("2 items are pending again"));
}

TEST_CASE("answers show request, answer and reason, and say when the record has changed since") {
    pipeline_fixture f{{.records = 3, .task = hopeless_task}};
    REQUIRE(f.smelt({"run", "--wait", "--poll", "200ms"}).status == 0);
    f.write_records(1, 1, " in other words");
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);

    const auto shown = f.smelt({"answers", "notes", "--rejected"});
    INFO(shown.err);
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, SMELT_CONTAINS("extract: rejected, rule, batch 1, gpt-5-mini") &&
                              SMELT_CONTAINS("nothing is good enough") &&
                              SMELT_CONTAINS("user> Title: Note 2, the 2th") && SMELT_CONTAINS("  | {"));
    const auto one = document_of(f.smelt({"answers", "notes", "--key", "r1", "--json"}));
    REQUIRE(one.size() == 1);
    CHECK(one[0]["record_changed"] == true);
    CHECK_THAT(one[0]["request"][0]["content"].get<std::string>(), SMELT_CONTAINS("in other words"));
    CHECK(one[0]["cause"] == "rule");
    CHECK(json::parse(one[0]["answer"].get<std::string>()).contains("title"));
    CHECK(document_of(f.smelt({"answers", "notes", "--cause", "schema", "--json"})).empty());
    CHECK(document_of(f.smelt({"answers", "notes", "--limit", "2", "--json"})).size() == 2);
    CHECK_THAT(f.smelt({"answers", "notes", "--cause", "rul"}).err, SMELT_CONTAINS("rule"));
    CHECK(f.smelt({"answers", "notes", "--key", "nobody"}).status == 1);
}

TEST_CASE("a second file of one pipeline name changes no record of the first without being told to") {
    pipeline_fixture f{{.records = 4}};
    f.run_to_end();
    const auto here = text_of(f.folder() / "records.csv");
    f.files().write("copy/pipeline.yaml", text_of(f.folder() / "pipeline.yaml"));
    auto changed = here;
    for (std::size_t at = 0; (at = changed.find("Line one", at)) != std::string::npos; ++at)
        changed.replace(at, 4, "Word");
    f.files().write("copy/records.csv", changed);

    const std::vector<std::string> second{"run", "copy/pipeline.yaml"};
    const auto refused = f.smelt(second);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("change 4 of its 4 records") && SMELT_CONTAINS("4 of 4 extracted items") &&
                                SMELT_CONTAINS((f.folder() / "copy/pipeline.yaml").string()) &&
                                SMELT_CONTAINS((f.folder() / "pipeline.yaml").string()) &&
                                SMELT_CONTAINS("--accept-changes"));
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    CHECK_THAT(f.smelt({"run", "notes"}).out, SMELT_CONTAINS("all 4 items are done"));

    // Nor does it change the prompts.
    auto other = text_of(f.folder() / "pipeline.yaml");
    f.files().write("copy/pipeline.yaml", std::string{other}.replace(other.find("You read"), 8, "You sing"));
    const auto another = f.smelt(second);
    CHECK(another.status == 1);
    CHECK_THAT(another.err, SMELT_CONTAINS("task extract is another one here"));
    f.files().write("copy/pipeline.yaml", other);
    CHECK(f.smelt({"run", "notes"}).status == 0);

    // A folder that was moved, with what it held, is not asked; nor is one that only adds.
    f.files().write("copy/records.csv", here + "r5,new,topic,note\n");
    CHECK(f.smelt({"load", "./copy/../copy/pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT file FROM smelt.pipeline") == (f.folder() / "copy/pipeline.yaml").string());
    CHECK(f.sql("SELECT pending FROM smelt.status") == "1");
    f.files().write("copy/records.csv", changed);
    CHECK(f.smelt({"load", "copy/pipeline.yaml"}).status == 0);
    CHECK(f.smelt({"load", "pipeline.yaml"}).status == 1);
    CHECK(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.sql("SELECT file FROM smelt.pipeline") == (f.folder() / "pipeline.yaml").string());
}

TEST_CASE("redo requeues what an older version has answered, and only that") {
    pipeline_fixture f{{.records = 5}};
    f.run_to_end();
    CHECK(f.smelt({"redo", "notes"}).status == 1);
    CHECK_THAT(f.smelt({"redo", "notes", "--changed"}).out, SMELT_CONTAINS("Nothing to redo"));
    std::string task = pipeline_fixture::default_task;
    const std::string old = "You read notes";
    f.write_pipeline(task.replace(task.find(old), old.size(), "You carefully read notes"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    CHECK_THAT(f.smelt({"redo", "notes", "--changed"}).out, SMELT_CONTAINS("5 items are pending again"));
    const auto meanwhile = f.smelt({"export", "notes", "--format", "jsonl"}).out;
    CHECK(std::ranges::count(meanwhile, '\n') == 5);
    const auto first = json::parse(meanwhile.substr(0, meanwhile.find('\n')));
    CHECK(first["superseded"] == true);
    CHECK(first["status"] == "pending");
    CHECK(first["year"].is_number_integer());
    f.run_to_end();
    const auto after = f.smelt({"export", "notes", "--format", "jsonl"}).out;
    CHECK(std::ranges::count(after, '\n') == 5);
    CHECK_THAT(after, !SMELT_CONTAINS("\"superseded\":true"));
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE NOT superseded") == "5");
}

TEST_CASE("cancelling asks, holds the task, and resume lets it go on") {
    pipeline_fixture f{{.records = 10, .simulator = {"--latency", "60s"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto unasked = f.smelt({"cancel", "--all", "notes"});
    CHECK(unasked.status == 1);
    CHECK_THAT(unasked.err, SMELT_CONTAINS("--yes"));
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE cancel_requested_at IS NULL") == "1");
    CHECK(f.smelt({"cancel", "999", "--yes"}).status == 1);

    CHECK(f.smelt({"cancel", "--all", "notes", "--yes"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE cancel_requested_at IS NOT NULL") == "1");
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("on hold"));
    CHECK_THAT(f.smelt({"resume", "notes"}).out, SMELT_CONTAINS("Lifted:"));
    CHECK_THAT(f.smelt({"resume", "notes"}).out, SMELT_CONTAINS("Nothing holds notes."));
}

TEST_CASE("doctor is content after a run, sees a damaged ledger, and never shows the key") {
    pipeline_fixture f{{.records = 20}};
    f.run_to_end();
    const auto fine = f.smelt({"doctor", "--deep"});
    INFO(fine.out);
    CHECK(fine.status == 0);
    CHECK_THAT(fine.out, !SMELT_CONTAINS("FAIL") && SMELT_CONTAINS("key: found") && !SMELT_CONTAINS("test-key-1"));

    f.execute("UPDATE smelt.batch SET input_tokens = input_tokens + 1 WHERE id = (SELECT min(id) FROM smelt.batch)");
    const auto damaged = f.smelt({"doctor", "--deep", "--json"});
    CHECK(damaged.status == 1);
    const auto findings = json::parse(damaged.out);
    CHECK(std::ranges::count_if(findings, [](const json &one) { return one["level"] == "fail"; }) == 1);
    CHECK(f.smelt({"doctor"}).status == 0);
}

TEST_CASE("a dry run sends nothing and shows a request") {
    pipeline_fixture f{{.records = 7}};
    const auto document = document_of(f.smelt({"run", "--dry-run", "--json"}));
    REQUIRE(document.size() == 1);
    CHECK(document[0]["claimable"] == 7);
    CHECK(document[0]["batches"] == 1);
    CHECK(document[0]["request"]["body"]["model"] == "gpt-5-mini");
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "0");
}

TEST_CASE("psql opens on the same database, with the password out of sight") {
    pipeline_fixture f{{.records = 1}};
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    auto c = f.smelt_command({"db", "psql"});
    c.arguments.insert(c.arguments.end(), {"--", "-XAtc", "SELECT count(*) FROM smelt.items"});
    const auto done = run(c);
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(done.out == "1\n");
}

TEST_CASE("a full disk behind the output is an error, a reader that leaves is not") {
    pipeline_fixture f{{.records = 30}};
    f.run_to_end();
    command shell;
    shell.program = "/bin/bash";
    const auto smelt = f.smelt_command({"export", "notes", "--format", "csv"});
    shell.environment = smelt.environment;
    shell.folder = smelt.folder;
    const auto line = [&](const std::string &rest) {
        return "set -o pipefail; \"$0\" export notes --format csv --db \"$1\" " + rest;
    };
    shell.arguments = {"-c", line("> /dev/full"), smelt.program.string(), smelt.arguments.back()};
    CHECK(run(shell).status == 1);
    shell.arguments[1] = line("| true");
    const auto piped = run(shell);
    CHECK(piped.status == 0);
    CHECK(piped.err.empty());
}

TEST_CASE("the help names every exit code") {
    pipeline_fixture f{{.records = 0}};
    const auto help = run(undirected(f, {"--help"}));
    CHECK(help.status == 0);
    for (const auto code : {exit_code::ok, exit_code::usage, exit_code::unavailable, exit_code::items_failed,
                            exit_code::needs_person, exit_code::interrupted})
        CHECK_THAT(help.out, SMELT_CONTAINS("\n  " + std::to_string(static_cast<int>(code)) + " "));
}
