#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const char *const two_tasks = R"(
  classify:
    model: gpt-5-nano
    user: "Is this odd? {{title}}"
    output: {type: object, required: [odd], properties: {odd: {type: boolean}}}
    retry: {backoff: 50ms}
  extract:
    needs: classify
    when: "(tasks->'classify'->>'odd')::boolean"
    model: gpt-5-mini
    user: "Title: {{title}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
    retry: {backoff: 50ms}
)";

std::string count_of_task(pipeline_fixture &f, const std::string &task, const std::string &column) {
    return f.sql("SELECT " + column + " FROM smelt.status WHERE task = '" + task + "'");
}

} // namespace

TEST_CASE("the option --max counts the claims of all passes of one run") {
    pipeline_fixture f{{.records = 50, .extra = "limits: {requests_per_batch: 10}"}};
    CHECK(f.smelt({"run", "--max", "23", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.counters()["requests_received"] == 23);
    CHECK(f.sql("SELECT pending FROM smelt.status") == "27");
    CHECK(f.sql("SELECT max(sent) FROM smelt.batches") == "10");
    f.run_to_end();
    CHECK(f.counters()["requests_received"] == 50);
    f.check_all_done(50);
}

TEST_CASE("the option --max counts retries, too") {
    pipeline_fixture f{{.records = 10, .simulator = {"--latency", "50ms", "--invalid-rate", "1"}}};
    CHECK(f.smelt({"run", "--max", "14", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.counters()["requests_received"] == 14);
    CHECK(f.sql("SELECT extracted || ' ' || retrying FROM smelt.status") == "4 6");
    f.check_promises();
}

TEST_CASE("the option --sample sends so many items from anywhere, and only those") {
    pipeline_fixture f{{.records = 200}};
    CHECK(f.smelt({"run", "--sample", "20", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.counters()["requests_received"] == 20);
    CHECK(f.sql("SELECT extracted || ' ' || pending FROM smelt.status") == "20 180");
    // Were it the first twenty, the last would be r20. One in 10^27 samples is.
    CHECK(f.sql("SELECT max(substr(key, 2)::int) > 20 FROM smelt.results") == "t");
    f.check_promises();
}

TEST_CASE(
    "the option --model makes a version of its own, marked as override, and the next run goes back to the file's") {
    pipeline_fixture f{{.records = 6}};
    CHECK(f.smelt({"run", "--model", "gpt-5-nano", "--max", "2", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.sql("SELECT string_agg(DISTINCT model, ' ') FROM smelt.batches") == "gpt-5-nano");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(model || ' ' || sent, ', ' ORDER BY id) FROM smelt.batches") ==
          "gpt-5-nano 2, gpt-5-mini 4");
    CHECK(f.sql("SELECT string_agg(model_override::text, ' ' ORDER BY id) FROM smelt.task_version") == "true false");
    f.check_all_done(6);
}

TEST_CASE("the option --name is what the provider's console shows") {
    pipeline_fixture f{{.records = 3}};
    CHECK(f.smelt({"run", "--name", "for the review", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.sql("SELECT name FROM smelt.batches") == "for the review");
}

TEST_CASE("a task that needs another waits for its answer and skips what it is not meant for") {
    pipeline_fixture f{{.records = 40, .task = two_tasks}};
    CHECK(f.smelt({"run", "--task", "extract"}).status == 0);
    CHECK(f.counters()["requests_received"] == 0);
    f.run_to_end();
    CHECK(count_of_task(f, "classify", "extracted") == "40");
    const auto odd = f.sql("SELECT count(*) FROM smelt.results WHERE task = 'classify' AND (output->>'odd')::boolean");
    CHECK(count_of_task(f, "extract", "extracted") == odd);
    CHECK(count_of_task(f, "extract", "skipped") == std::to_string(40 - std::stoi(odd)));
    CHECK(std::stoi(odd) > 5);
    CHECK(std::stoi(odd) < 35);
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
}

TEST_CASE("the endpoint /v1/responses does the same work") {
    std::string task = pipeline_fixture::default_task;
    task.replace(task.find("    model:"), 0, "    endpoint: /v1/responses\n");
    pipeline_fixture f{{.records = 60, .simulator = {"--latency", "50ms", "--invalid-rate", "0.3"}, .task = task}};
    f.fault(R"({"refuse_lines":2,"length_lines":3})");
    f.run_to_end();
    CHECK(f.sql("SELECT extracted || ' ' || failed FROM smelt.status") == "58 2");
    CHECK(f.sql("SELECT count(*) FROM smelt_out.notes_extract WHERE year BETWEEN 1900 AND 2030") == "58");
    CHECK(f.sql("SELECT sum(input_tokens) > 0 AND sum(cost_usd) > 0 FROM smelt.spend") == "t");
    f.check_all_done(60);
}
