#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include "smelt/base/text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

/// One task, feedback off, so that a request is the same each time.
const char *const plain_task = R"(
  extract:
    model: gpt-5-mini
    user: "Title: {{title}}\nNote: {{note}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
    retry: {attempts: 2, deliveries: 2, backoff: 50ms}
)";

std::string ledger(pipeline_fixture &f, const std::string &columns, int batch = 1) {
    return f.sql(fmt::format("SELECT concat_ws(' ', {}) FROM (SELECT *, row_number() OVER (ORDER BY batch_id) AS nth "
                             "FROM smelt.ledger) AS l WHERE nth = {}",
                             columns, batch));
}

std::string spent(pipeline_fixture &f) {
    return f.sql("SELECT concat_ws(' ', sum(attempts), sum(deliveries)) FROM smelt.items");
}

std::string holds(pipeline_fixture &f) {
    return f.sql("SELECT coalesce(string_agg(kind, ' ' ORDER BY id), '-') FROM smelt.hold");
}

} // namespace

TEST_CASE("what an expired batch has answered is kept, the rest is sent again") {
    const std::string ids = GENERATE("null", "missing", "blank");
    pipeline_fixture f{{.records = 40, .task = plain_task}};
    f.fault(fmt::format(R"({{"expire_after_fraction":0.25,"empty_ids":"{}"}})", ids));
    f.run_to_end();
    CHECK(ledger(f, "sent, accepted, expired, waiting") == "40 10 30 0");
    CHECK(ledger(f, "sent, accepted", 2) == "30 30");
    CHECK(spent(f) == "0 30"); // an expiry costs a delivery, never an attempt
    f.check_all_done(40);
}

TEST_CASE("requests that the results never name are missing after three downloads") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    f.fault(R"({"omit_lines":3})");
    f.run_to_end();
    CHECK(ledger(f, "sent, accepted, missing") == "12 9 3");
    CHECK(ledger(f, "sent, accepted", 2) == "3 3");
    CHECK(f.sql("SELECT downloads >= 2 FROM smelt.batch ORDER BY id LIMIT 1") == "t");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE smelt.outcome_name(outcome) = 'missing'") == "3");
    CHECK(f.counters()["downloads"] >= 4);
    CHECK(spent(f) == "0 3");
    f.check_all_done(12);
}

TEST_CASE("an answer twice counts once, an answer to nothing of ours counts not at all") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    f.fault(R"({"duplicate_lines":3,"foreign_lines":2})");
    f.run_to_end();
    CHECK(ledger(f, R"(sent, accepted, duplicate, "foreign")") == "12 12 3 2");
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "12");
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    f.check_all_done(12);
}

TEST_CASE("failed lines are tried again or end, by what the provider says of them") {
    pipeline_fixture f{{.records = 20, .task = plain_task}};
    f.fault(R"({"error_lines":2,"status0_lines":3,"refuse_lines":4,"length_lines":5})");
    f.run_to_end();
    CHECK(ledger(f, "sent, accepted, rejected, errored") == "20 6 5 9");
    // 400 and refusals end at once; what was not run or was cut short goes again.
    CHECK(f.sql("SELECT sum(sent) || ' ' || sum(accepted) FROM smelt.ledger") == "28 14");
    CHECK(f.sql("SELECT string_agg(cause || ' ' || n, ', ' ORDER BY cause) FROM (SELECT cause, count(*) AS n FROM "
                "smelt.failures GROUP BY 1) AS c") == "refused 4, rejected_request 2");
    CHECK(spent(f) == "5 3");
    f.check_all_done(20);
}

TEST_CASE("an output file that ends in the middle of a line is read again, and nothing is taken twice") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    f.fault(R"({"truncate_output":40})");
    f.run_to_end();
    CHECK(ledger(f, "sent, accepted, missing, duplicate") == "12 11 1 0");
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "12");
    f.check_all_done(12);
}

TEST_CASE("a full queue costs nothing and is tried again later") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    f.fault(R"([{"fail_code":"token_limit_exceeded"}])");
    f.run_to_end();
    CHECK(ledger(f, "sent, not_run") == "12 12");
    CHECK(holds(f) == "queue_full");
    CHECK(spent(f) == "0 0");
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "12");
    f.check_all_done(12);
}

namespace {

/// The key of the record whose request stood on this line of the file of so many requests. Batches have no order.
std::string key_on_line(pipeline_fixture &f, std::size_t line, std::size_t requests) {
    for (const auto &file : std::filesystem::recursive_directory_iterator{f.simulator().data()}) {
        std::vector<std::string> lines;
        std::ifstream in{file.path()};
        for (std::string text; file.is_regular_file() && std::getline(in, text);)
            lines.push_back(text);
        if (lines.size() != requests || lines[line - 1].find("\"custom_id\"") == std::string::npos ||
            lines[line - 1].find("\"response\"") != std::string::npos)
            continue;
        const auto id = json::parse(lines[line - 1]).at("custom_id").get<std::string>();
        const auto record = from_base36(id.substr(id.rfind('-') + 1)).value();
        return f.sql("SELECT key FROM smelt.record WHERE id = " + std::to_string(record));
    }
    return "no such file";
}

} // namespace

TEST_CASE("a line that the provider blames ends its record only") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    f.fault(R"({"fail_code":"invalid_json_line","fail_line":5})");
    f.run_to_end();
    CHECK(ledger(f, "sent, not_run") == "12 12");
    CHECK(ledger(f, "sent, accepted", 2) == "11 11");
    CHECK(f.sql("SELECT key || ' ' || message FROM smelt.failures") ==
          key_on_line(f, 5, 12) + " invalid_json_line: Simulated validation failure: invalid_json_line.");
    CHECK(holds(f) == "-");
    f.check_all_done(12);
}

TEST_CASE("a batch that is refused without naming a line is halved, and the limit goes when it has served") {
    pipeline_fixture f{{.records = 8, .task = plain_task}};
    f.fault(R"([{"fail_code":"odd","count":3}])");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(sent::text, ' ' ORDER BY batch_id) FROM smelt.ledger WHERE not_run > 0") == "8 4 4");
    CHECK(f.sql("SELECT string_agg(sent::text, ' ' ORDER BY batch_id) FROM smelt.ledger WHERE accepted > 0") ==
          "2 2 2 2");
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "8");
    CHECK(spent(f) == "0 0");
    CHECK(f.sql("SELECT batch_limit FROM smelt.task") == "null");
    f.check_all_done(8);
}

TEST_CASE("a request that is refused alone is the one at fault") {
    pipeline_fixture f{{.records = 1, .task = plain_task}};
    f.fault(R"({"fail_code":"odd"})");
    f.run_to_end();
    CHECK(f.sql("SELECT cause || ', ' || message FROM smelt.failures") ==
          "rejected_request, odd: Simulated validation failure: odd.");
    CHECK(f.sql("SELECT batch_limit FROM smelt.task") == "null");
    f.check_all_done(1);
}

TEST_CASE("a refused model holds its task until it is resumed") {
    pipeline_fixture f{{.records = 8, .task = plain_task}};
    f.fault(R"({"fail_code":"model_not_found"})");
    const auto first = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    CHECK(first.status == 4);
    CHECK(holds(f) == "refused");
    CHECK(f.sql("SELECT pending FROM smelt.status") == "8");
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("model_not_found"));
    f.check_promises();
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "8");
    f.check_all_done(8);
}

TEST_CASE("a cancelled batch keeps its answers, and its items go out again after a resume") {
    pipeline_fixture f{{.records = 30, .simulator = {"--latency", "3s", "--invalid-rate", "0"}, .task = plain_task}};
    REQUIRE(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds{1500});
    REQUIRE(f.smelt({"cancel", "--all", "notes", "--yes"}).status == 0);
    f.run_to_end();
    CHECK(ledger(f, "sent, accepted + cancelled, waiting") == "30 30 0");
    CHECK(ledger(f, "cancelled > 0") == "t");
    CHECK(spent(f) == "0 0");
    f.check_promises();
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "30");
    CHECK(f.counters()["requests_billed"] == 30);
    f.check_all_done(30);
}

TEST_CASE("a job that the provider no longer knows is looked for, and nothing is sent again") {
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.fault(R"({"on":"get","status":404,"code":"not_found","message":"No such batch."})");
    CHECK(f.smelt({"run"}).status == 2);
    CHECK(f.sql("SELECT state FROM smelt.batches") == "unknown");
    CHECK_THAT(f.sql("SELECT error FROM smelt.batches"), SMELT_CONTAINS("HTTP 404 not_found: No such batch."));
    f.check_promises();
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "12");
    f.check_all_done(12);
}

TEST_CASE("what another key cannot see proves nothing") {
    const int status = GENERATE(401, 403, 404);
    pipeline_fixture f{{.records = 12, .task = plain_task}};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.fault(fmt::format(R"({{"on":"get","status":{},"code":"no","message":"Not for you."}})", status));
    auto other = f.smelt_command({"run"});
    other.environment["TEST_KEY"] = "another-key";
    CHECK(run(other).status != 0);
    CHECK(f.sql("SELECT state FROM smelt.batches") == "open");
    CHECK_THAT(f.sql("SELECT error FROM smelt.batches"), SMELT_CONTAINS("another API key"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE error IS NULL") == "1");
    f.check_all_done(12);
}
