#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include "smelt/base/json.hpp"

#include <csignal>
#include <random>
#include <thread>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("a hundred rows go in and come out validated and scored") {
    pipeline_fixture f{{}};
    f.run_to_end();
    f.check_all_done(100);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "100");
    CHECK(f.sql("SELECT count(*) FROM smelt_out.notes_extract WHERE year BETWEEN 1900 AND 2030 AND score > 0 AND score "
                "<= 1") == "100");
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    CHECK(f.sql("SELECT sum(input_tokens) > 0 AND sum(cost_usd) > 0 FROM smelt.spend") == "t");
}

TEST_CASE("a second run finds nothing to do") {
    pipeline_fixture f{{.records = 20}};
    f.run_to_end();
    const auto again = f.smelt({"run"});
    CHECK(again.status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "1");
    f.check_all_done(20);
}

TEST_CASE("invalid answers are retried with feedback until they are valid") {
    pipeline_fixture f{{.records = 200, .simulator = {"--latency", "50ms", "--invalid-rate", "0.3"}}};
    f.run_to_end();
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "200");
    CHECK(f.sql("SELECT count(*) > 20 FROM smelt.attempt WHERE outcome = 1") == "t");
    f.check_all_done(200);
}

TEST_CASE("one changed record is sent again and the old answer stays in history") {
    pipeline_fixture f{{.records = 10}};
    f.run_to_end();
    f.write_records(1, 10, " changed");
    f.run_to_end();
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "10");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE outcome = 0") == "20");
}

TEST_CASE("a create whose answer is lost is found in the listing and not sent twice") {
    pipeline_fixture f{{.records = 30}};
    f.fault(R"({"on":"create","drop_after":true})");
    f.run_to_end();
    CHECK(f.counters()["batches_created"] == 1);
    f.check_all_done(30);
}

TEST_CASE("a run that is killed at random moments loses nothing and sends nothing twice") {
    const auto seed = GENERATE(1U, 2U, 3U);
    pipeline_fixture fault_free{{.records = 120, .simulator = {"--latency", "150ms", "--invalid-rate", "0.1"}}};
    fault_free.run_to_end();
    pipeline_fixture f{{.records = 120,
                        .simulator = {"--latency", "150ms", "--invalid-rate", "0.1"},
                        .extra = "limits: {requests_per_batch: 40}"}};
    std::mt19937 random{seed};
    for (int kill = 0; kill < 10; ++kill) {
        process running{f.smelt_command({"run", "--wait", "--poll", "100ms"})};
        std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution<>{20, 500}(random)});
        running.send(SIGKILL);
        running.wait();
        f.check_promises();
    }
    f.run_to_end();
    f.check_all_done(120);
    const std::string outputs = "SELECT md5(string_agg(key || output::text, ',' ORDER BY key)) FROM smelt.results";
    CHECK(f.sql(outputs) == fault_free.sql(outputs));
}
