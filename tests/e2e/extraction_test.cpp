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
    CHECK(exported.out.starts_with("smelt_key,task,status,"));
    CHECK_THAT(exported.out, SMELT_CONTAINS(",score,key,text,smelt_score,needs_review,"));
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
          "the answer was cut at the token limit (max_tokens: 600); the next request allows 1200|"
          "the answer was cut at the token limit (max_tokens: 1200); the next request allows 2400");
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
