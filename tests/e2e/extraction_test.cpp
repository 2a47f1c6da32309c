#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

std::string task(const std::string &lines) {
    return "\n  extract:\n    model: gpt-4o-mini\n" + lines;
}

const std::string title_only =
    "    user: \"{{title}}\"\n    output: {type: object, required: [title], properties: {title: {type: string}}}\n";

} // namespace

TEST_CASE("a prompt that names no field is refused before anything is sent, unless it is meant") {
    pipeline_fixture f{{.records = 3, .task = task("    user: \"Which plant is named here? {note}\"\n")}};
    for (const auto &options : {std::vector<std::string>{"run", "--dry-run"}, {"run"}}) {
        const auto done = f.smelt(options);
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS("pipeline.yaml:") && SMELT_CONTAINS("name no field") &&
                                 SMELT_CONTAINS("{note} names no field; a field is written {{note}}"));
    }
    CHECK(f.counters()["requests_received"] == 0);
    f.write_pipeline(task("    user: Think of a plant.\n    constant_prompt: true\n"));
    f.run_to_end();
    f.check_all_done(3);
}

TEST_CASE("two tasks that would share a view are a mistake of the pipeline that comes second") {
    pipeline_fixture f{{.records = 3, .task = task(title_only)}};
    CHECK(f.smelt({"run"}).status == 0);
    const auto pipeline = [](const std::string &name, const std::string &task_name) {
        return "pipeline: " + name +
               "\nsource: {csv: records.csv, key: id}\nprovider: {base_url: \"http://127.0.0.1:9/v1\"}\n" +
               "tasks:\n  " + task_name + ": {model: m, user: \"{{title}}\"}\n";
    };
    f.files().write("second.yaml", pipeline("notes_extract", "again"));
    f.files().write("third.yaml", pipeline("notes", "extract_again"));
    CHECK(f.smelt({"run", "--dry-run", "second.yaml"}).status == 0);
    const auto done = f.smelt({"run", "--dry-run", "third.yaml"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("third.yaml:5") && SMELT_CONTAINS("task extract_again of pipeline notes") &&
                             SMELT_CONTAINS("task again of pipeline notes_extract") &&
                             SMELT_CONTAINS("smelt_out.\"notes_extract_again\""));
    CHECK(f.smelt({"run", "--dry-run", "second.yaml"}).status == 0);
}

TEST_CASE("our columns make room for properties that are called like them") {
    pipeline_fixture f{
        {.records = 3,
         .task = task("    user: \"{{title}}\"\n    output: {type: object, required: [score, key, text], "
                      "properties: {score: {type: number}, key: {type: string}, text: {type: string}}}\n")}};
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt_out.notes_extract WHERE smelt_key LIKE 'r%' AND smelt_score = 1 AND key IS "
                "NOT NULL AND score IS NOT NULL AND NOT superseded AND text NOT LIKE '{%'") == "3");
    const auto exported = f.smelt({"export", "notes", "--format", "csv"});
    CHECK_THAT(exported.out, SMELT_CONTAINS(",score,key,text,smelt_score,needs_review,"));
    CHECK(exported.out.starts_with("id,title,"));
    CHECK(f.smelt({"export", "notes", "--with", "smelt_key"}).out.find("smelt_key\r\n") != std::string::npos);
}

TEST_CASE("a truncated answer is asked for again with twice the limit, and the attempt says which") {
    pipeline_fixture f{
        {.records = 4,
         .task = task(title_only + "    params: {max_tokens: 600}\n    retry: {attempts: 5, backoff: 50ms}\n")}};
    f.fault(R"([{"length_lines":1},{"length_lines":1}])");
    f.run_to_end();
    f.check_promises();
    f.check_all_done(4);
    CHECK(f.sql("SELECT string_agg(message, '|' ORDER BY batch_id) FROM smelt.attempt WHERE cause = 4") ==
          "the answer was cut at the token limit (max_tokens: 600); while it is asked again, the next request allows "
          "1200|"
          "the answer was cut at the token limit (max_tokens: 1200); while it is asked again, the next request allows "
          "2400");
}

TEST_CASE("a truncated answer ends its item when nothing larger can be asked for, or nothing is to be") {
    const std::string retry =
        GENERATE("    params: {max_tokens: 16384}\n", "    params: {max_tokens: 600}\n    retry: {truncated: fail}\n");
    pipeline_fixture f{{.records = 4, .task = task(title_only + retry)}};
    f.fault(R"({"length_lines":1})");
    f.run_to_end();
    f.check_promises();
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE cause = 4") == "1");
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE status = 4 AND NOT claimable") == "1");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("a failed rule says what the members are that it names") {
    pipeline_fixture f{
        {.records = 2,
         .task = task(
             "    user: \"{{title}}\"\n    output: {type: object, required: [title, sure], properties: {title: {type: "
             "string}, sure: {type: \"null\"}}}\n    rules: [{name: sure, check: \"(output->>'sure')::real > 0.5\", "
             "message: not sure}]\n    retry: {attempts: 1}\n")}};
    f.run_to_end();
    CHECK(f.sql("SELECT DISTINCT findings -> 0 ->> 'message' FROM smelt.attempt") == "not sure (sure is null)");
    CHECK_THAT(f.smelt({"failures", "notes"}).out, SMELT_CONTAINS("not sure (sure is null)"));
}

TEST_CASE("a rule that raises an error fails its answer alone, and soft rules lower the score of theirs") {
    pipeline_fixture f{{.records = 6, .task = task(title_only + R"(    rules:
      - {name: few, check: "1 / (substr(fields->>'id', 2)::int - 3) < 100", message: cannot be}
      - {name: early, check: "substr(fields->>'id', 2)::int < 5", severity: soft, weight: 0.25}
      - {name: not_two, check: "fields->>'id' <> 'r2'", message: it is two}
    retry: {attempts: 1}
)")}};
    int apart = 1;
    SECTION("apart, row by row") {}
    SECTION("together, where none raises an error") {
        auto yaml = f.files().read("pipeline.yaml");
        yaml.replace(yaml.find("1 / ("), 5, "1 + (");
        f.files().write("pipeline.yaml", yaml);
        apart = 0;
    }
    f.run_to_end();
    f.check_promises();
    CHECK(f.sql("SELECT string_agg(key || ' ' || score, ', ' ORDER BY key) FROM smelt.results") ==
          (apart == 1 ? "r1 1, r4 1, r5 0.75, r6 0.75" : "r1 1, r3 1, r4 1, r5 0.75, r6 0.75"));
    CHECK(f.sql("SELECT string_agg(r.key || ': ' || (a.findings -> 0 ->> 'message'), ', ' ORDER BY r.key) FROM "
                "smelt.attempt "
                "AS a JOIN smelt.record AS r ON r.id = a.record_id WHERE a.outcome = 1") ==
          (apart == 1 ? "r2: it is two, r3: the rule few could not be evaluated: division by zero" : "r2: it is two"));
    CHECK(f.sql("SELECT accepted || ' ' || rejected || ' ' || score_sum FROM smelt.batch") ==
          (apart == 1 ? "4 2 3.5" : "5 1 4.5"));
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("rules run as smelt_rules: beside the answers where it may read them, apart where it may not") {
    pipeline_fixture f{{.records = 3, .task = task(title_only + R"(    rules:
      - {name: as_role, check: "current_user = 'smelt_rules' AND current_setting('transaction_read_only') = 'on'"}
      - {name: beside, check: "current_setting('statement_timeout') = '1s'", severity: soft, weight: 0.5}
)")}};
    std::filesystem::permissions(f.folder(), std::filesystem::perms{0755});
    const auto on_own_server = [&](std::vector<std::string> arguments) {
        auto c = f.smelt_command(std::move(arguments));
        c.arguments.resize(c.arguments.size() - 2); // without --db
        const auto done = run(c);
        INFO(done.err);
        CHECK(done.status == 0);
        return done;
    };
    const auto [rights, score] = GENERATE(std::pair{"", "0.5\n"}, std::pair{"; GRANT SELECT (record_id, pipeline_id, "
                                                                            "batch_id, output) ON smelt.attempt TO "
                                                                            "smelt_rules",
                                                                            "1\n"});
    on_own_server({"db", "start"});
    on_own_server({"migrate"});
    const auto psql = [&](const std::string &statement) {
        auto c = f.smelt_command({});
        c.arguments = {"db", "psql", "--", "-qAtc", statement};
        return run(c);
    };
    CHECK(psql("CREATE ROLE smelt_rules NOLOGIN; GRANT USAGE ON SCHEMA smelt TO smelt_rules; GRANT SELECT ON "
               "smelt.record TO smelt_rules" +
               std::string{rights})
              .status == 0);
    on_own_server({"run", "--wait", "--poll", "100ms", "--timeout", "60s"});
    CHECK(psql("SELECT DISTINCT score FROM smelt.results").out == score);
    // What people choose by and compute reads more than that role may.
    f.files().write("columns.yaml", "- mode: {sql: \"current_setting('transaction_read_only')\"}\n"
                                    "- title: {sql: \"output->>'title'\"}\n");
    const auto exported =
        on_own_server({"export", "notes", "--columns", "columns.yaml", "--where",
                       "current_setting('transaction_read_only') = 'on' AND output->>'title' <> 'x' AND key <> 'r3'"});
    CHECK(exported.out == "mode,title\r\non,\"1, the 1th\"\r\non,\"2, the 2th\"\r\n");
    on_own_server({"db", "stop"});
}

TEST_CASE("answers that are a number alone become a numeric column, and everything else is asked again") {
    temp_folder recorded;
    const auto file = recorded.write("recorded.jsonl", R"({"match": "Note 1,", "answer": "7"}
{"match": "Note 2,", "answer": "7\n"}
{"match": "Note 3,", "answer": "8/10"}
{"match": "Note 4,", "answer": "Score: 6", "try": 1}
{"match": "Note 4,", "answer": "6", "try": 2}
{"match": "Note 5,", "answer": "11"}
{"match": "Note 6,", "answer": "I would rather not say."}
)");
    pipeline_fixture f{
        {.records = 6, .simulator = {"--latency", "50ms", "--invalid-rate", "0", "--replay", file.string()}, .task = R"(
  rate:
    model: gemma3:12b
    system: Rate from 1 to 10. Answer with the number only.
    examples: examples.jsonl
    user: "{{title}}"
    answer: {number: {min: 1, max: 10, of: 10}}
    retry: {attempts: 2, backoff: 20ms}
)"}};
    f.files().write("examples.jsonl", "{\"user\": \"A dull note\", \"assistant\": \"2\"}\n");
    f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "60s"});
    CHECK(f.sql("SELECT string_agg(key || ' ' || answer, ', ' ORDER BY key) FROM smelt_out.notes_rate") ==
          "r1 7, r2 7, r3 8, r4 6");
    CHECK(f.sql("SELECT avg(answer) FROM smelt_out.notes_rate WHERE answer = 7") == "7.0000000000000000");
    CHECK(f.sql("SELECT string_agg(DISTINCT status, ' ') || ' ' || count(*) FROM smelt.failures") ==
          "failed_validation 2");
    CHECK_THAT(f.sql("SELECT message FROM smelt.failures WHERE key = 'r5'"),
               SMELT_CONTAINS("expected a number from 1 to 10 and nothing else, found \"11\""));
    const auto shown = f.smelt({"answers", "notes", "--key", "r4"});
    CHECK_THAT(shown.out, SMELT_CONTAINS("A dull note") && SMELT_CONTAINS("Score: 6"));
    f.files().write("examples.jsonl", "{\"user\": \"A dull note\", \"assistant\": \"two\"}\n");
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err,
               SMELT_CONTAINS("the answer of example 1 would be rejected") && SMELT_CONTAINS("found \"two\""));
}
