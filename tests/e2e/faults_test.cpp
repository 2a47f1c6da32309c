#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

namespace {

pipeline_fixture::options twelve_records() {
    return {.records = 12,
            .simulator = {"--latency", "50ms", "--invalid-rate", "0"},
            .extra = "limits: {requests_per_batch: 6}",
            .timing = "{send_window: 600ms, list_grace: 1s, missing_wait: 200ms, lease: 5s, queue_full_hold: 200ms}"};
}

/// One misbehaviour, and a query that is true when Smelt has noted it as it should.
struct fault_case {
    const char *rule;
    const char *noted = "SELECT true";
};

constexpr const char *nothing_spent = "SELECT count(*) = 12 AND bool_and(accepted_batch_id IS NOT NULL AND attempts = "
                                      "0 AND deliveries = 0) FROM smelt.item";
constexpr const char *six_rejected = "SELECT sum(rejected + errored) = 2 FROM smelt.batch";

} // namespace

TEST_CASE("whatever the provider does to calls, everything is extracted and nothing is sent twice") {
    const auto c = GENERATE(values<fault_case>({
        {R"({"on":"content","cut_after":300,"count":3})", nothing_spent},
        {R"({"on":"content","bytes_per_second":3000})", nothing_spent},
        {R"({"on":"get","delay":300,"count":2})", nothing_spent},
        {R"({"on":"get","status":503,"retry_after":"999999999"})", nothing_spent},
        {R"({"on":"get","status":529,"retry_after":"Fri, 31 Dec 1999 23:59:59 GMT"})", nothing_spent},
        {R"({"on":"get","status":500,"retry_after_ms":"50"})", nothing_spent},
        {R"({"on":"get","status":200,"body":"<html>a proxy</html>"})", nothing_spent},
        {R"({"on":"list","status":502,"body":"<html>a proxy</html>","count":5})", nothing_spent},
        {R"({"on":"upload","drop_after":true})", nothing_spent},
        {R"({"on":"create","status":502,"body":"<html>a proxy</html>"})", nothing_spent},
        {R"({"on":"create","status":200,"body":"{}"})", nothing_spent},
        {R"({"on":"create","drop_after":true})", nothing_spent},
        {R"({"on":"create","drop_before":true})", nothing_spent},
        {R"({"on":"create","cut_after":20})", nothing_spent},
        {R"({"on":"create","status":429,"code":"rate_limit_exceeded","message":"slow","retry_after_ms":"300"})",
         nothing_spent},
        {R"({"on":"*","drop_after":true,"probability":0.2,"count":20})", nothing_spent},
    }));
    INFO(c.rule);
    pipeline_fixture f{twelve_records()};
    f.fault(c.rule);
    f.run_to_end();
    f.check_promises();
    f.check_all_done(12);
    CHECK(f.sql(c.noted) == "t");
    CHECK(f.counters()["requests_billed"] == 12);
    CHECK(f.counters()["distinct_nonces"] == f.counters()["batches_created"]);
    CHECK_FALSE(f.counters()["faults_struck"].empty());
}

TEST_CASE("whatever the provider does to a batch, everything is extracted and the ledger balances") {
    const auto c = GENERATE(values<fault_case>({
        {R"({"get_lag":1})", nothing_spent},
        {R"({"list_lag":1})", nothing_spent},
        {R"({"finalizing_for":1})", nothing_spent},
        {R"({"azure":true,"count":2})", nothing_spent},
        {R"({"status_word":"paused","count":2})", nothing_spent},
        {R"({"extra_fields":true,"count":2})", nothing_spent},
        {R"({"counts_off":3,"count":2})", nothing_spent},
        {R"({"counts_off":-3,"count":2})", nothing_spent},
        {R"({"crlf":true,"count":2})", nothing_spent},
        {R"({"blank_lines":4})", nothing_spent},
        {R"({"empty_ids":"blank","count":2})", nothing_spent},
        {R"({"not_object_lines":5})", "SELECT sum(foreign_lines) = 5 FROM smelt.batch"},
        {R"({"duplicate_lines":2,"foreign_lines":1})",
         "SELECT sum(duplicate_lines) = 2 AND sum(foreign_lines) = 1 FROM smelt.batch"},
        {R"({"truncate_output":40})", "SELECT sum(missing) = 1 FROM smelt.batch"},
        {R"({"nul_lines":2})", six_rejected},
        {R"({"deep_lines":2})", six_rejected},
        {R"({"bad_utf8_lines":2})", six_rejected},
        {R"({"bad_escape_lines":2})", six_rejected},
        {R"({"fail_code":"invalid_json_line","fail_lines":[2,5]})", "SELECT sum(not_run) = 6 FROM smelt.batch"},
    }));
    INFO(c.rule);
    pipeline_fixture f{twelve_records()};
    f.fault(c.rule);
    f.run_to_end();
    f.check_promises();
    f.check_all_done(12);
    CHECK(f.sql(c.noted) == "t");
    CHECK(f.counters()["distinct_nonces"] == f.counters()["batches_created"]);
    CHECK_FALSE(f.counters()["faults_struck"].empty());
}

TEST_CASE("an answer of 100 MB costs its own request, not the run") {
    auto o = twelve_records();
    o.bills_too_much = true;
    pipeline_fixture f{o};
    f.fault(R"({"huge_lines":1})");
    f.run_to_end();
    f.check_promises();
    f.check_all_done(12);
}

TEST_CASE("a cancelled batch that completes all the same is collected whole") {
    auto o = twelve_records();
    o.simulator = {"--latency", "10s", "--invalid-rate", "0"};
    pipeline_fixture f{o};
    f.fault(R"([{"ignore_cancel":true},{"cancelling_for":1}])");
    REQUIRE(f.smelt({"run"}).status == 0);
    REQUIRE(f.smelt({"cancel", "--all", "notes", "--yes", "--requeue"}).status == 0);
    f.run_to_end();
    f.check_promises();
    f.check_all_done(12);
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE cancelled > 0") == "1");
}

TEST_CASE("a busy provider that asks for years is asked again after an hour") {
    pipeline_fixture f{twelve_records()};
    f.fault(R"({"on":"create","status":429,"code":"rate_limit_exceeded","message":"slow","retry_after":"999999999"})");
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.sql("SELECT bool_and(until < now() + interval '61 minutes') FROM smelt.hold") == "t");
}

TEST_CASE("the simulator begins with the rules of --faults and says how often they struck") {
    temp_folder folder;
    auto o = twelve_records();
    const auto rules = folder.write("faults.json", R"([{"on":"create","status":500,"match":"/v1/batches"},
        {"omit_lines":1,"match":"notes/extract","probability":1},{"omit_lines":1,"match":"no such task"}])");
    o.simulator.insert(o.simulator.end(), {"--faults", rules.string()});
    pipeline_fixture f{o};
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.counters()["faults_struck"] == json{{"create", 1}, {"omit_lines", 1}});
}
