#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("eight runs over one pipeline send each item once and are not in each other's way") {
    pipeline_fixture f{{.records = 800,
                        .simulator = {"--latency", "200ms", "--invalid-rate", "0.2"},
                        .extra = "limits: {requests_per_batch: 25}"}};
    std::vector<std::unique_ptr<process>> runs;
    runs.reserve(8);
    for (int i = 0; i < 8; ++i)
        runs.push_back(std::make_unique<process>(f.smelt_command({"run", "--wait", "--poll", "100ms"})));
    for (auto &run : runs) {
        const auto done = run->wait();
        INFO(done.err);
        CHECK(done.status == 0);
        CHECK_THAT(done.err, !SMELT_CONTAINS("deadlock"));
    }
    f.check_promises();
    f.check_all_done(800);
    const auto counters = f.counters();
    CHECK(counters["duplicates"].empty());
    CHECK(counters["requests_billed"].dump() == f.sql("SELECT count(*) FROM smelt.attempt"));
    CHECK(f.sql("SELECT count(*) FROM smelt.runner") == "8");
}

TEST_CASE("batches that have ended are collected by every run that has time") {
    pipeline_fixture f{{.records = 100, .extra = "limits: {requests_per_batch: 10}"}};
    REQUIRE(f.smelt({"run"}).status == 0);
    while (f.counters()["batches_by_status"].value("completed", 0) < 10)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = "collect.before_download=delay:1s";
    process slow{c};
    f.wait_until("SELECT count(*) > 0 FROM smelt.batch WHERE state = 4");
    const auto other = f.smelt({"run"});
    INFO(other.err);
    CHECK(other.status == 0);
    CHECK_THAT(other.out, SMELT_CONTAINS("Collected "));
    CHECK(slow.wait().status == 0);
    f.check_promises();
    f.check_all_done(100);
    CHECK(f.counters()["duplicates"].empty());
}

TEST_CASE("runs side by side never have more tokens at the provider than is allowed") {
    pipeline_fixture f{{.records = 300,
                        .simulator = {"--latency", "300ms", "--invalid-rate", "0", "--enqueued-token-limit", "20000"},
                        .extra = "limits: {requests_per_batch: 50, enqueued_tokens: 20000}"}};
    std::vector<std::unique_ptr<process>> runs;
    for (int i = 0; i < 4; ++i)
        runs.push_back(std::make_unique<process>(f.smelt_command({"run", "--wait", "--poll", "100ms"})));
    for (auto &run : runs) {
        const auto done = run->wait();
        INFO(done.err);
        CHECK(done.status == 0);
    }
    f.check_all_done(300);
    CHECK(f.sql("SELECT count(*) FROM smelt.hold") == "0");
    CHECK(f.sql("SELECT sum(not_run) = 0 AND count(*) > 3 FROM smelt.batch") == "t");
    CHECK(f.counters()["duplicates"].empty());
}

TEST_CASE("a request that alone exceeds the tokens that are allowed fails, and no other does") {
    pipeline_fixture f{{.records = 10, .extra = "limits: {enqueued_tokens: 2000}"}};
    f.files().write("records.csv",
                    "id,title,topic,note\nlong,\"" + std::string(20'000, 'x') + "\",t,n\nshort,Title,t,n\n");
    f.run_to_end();
    f.check_all_done(2);
    CHECK(f.sql("SELECT key FROM smelt.failures WHERE cause = 'too_large'") == "long");
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "1");
}

TEST_CASE("what a killed run had reserved does not keep another pipeline from sending") {
    pipeline_fixture f{{.records = 20, .extra = "limits: {enqueued_tokens: 20000}"}};
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = "claim.after_commit=kill";
    run(c);
    REQUIRE(f.sql("SELECT state = 0 AND reserved_tokens = 20000 FROM smelt.batch") == "t");
    f.write_another("{csv: records.csv, key: id}");
    const auto done = f.smelt({"run", "other.yaml", "--wait", "--poll", "100ms", "--timeout", "60s"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.sql("SELECT extracted FROM smelt.status WHERE pipeline = 'other'") == "20");
    f.check_promises();
}
