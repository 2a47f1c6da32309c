#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

std::string hold_of(pipeline_fixture &f) {
    return f.sql("SELECT coalesce(hold, 'none') FROM smelt.status");
}

} // namespace

TEST_CASE("a task whose answers fail too often is held, says so, and goes on after resume") {
    pipeline_fixture f{
        {.records = 60,
         .simulator = {"--latency", "50ms", "--invalid-rate", "1", "--invalid-results", "1"},
         .extra = "limits: {requests_per_batch: 10, open_batches: 1}\ncircuit_breaker: {failed: 40%, after: 10}"}};
    REQUIRE(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 4);
    CHECK_THAT(hold_of(f), SMELT_CONTAINS("10 of the last 10 answers failed, more than 40%"));
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("more than 40%"));
    CHECK(f.counters()["batches_created"] == 1);
    CHECK(f.smelt({"run"}).status == 4);
    CHECK(f.smelt({"doctor"}).status == 4);
    CHECK(f.counters()["batches_created"] == 1);

    CHECK_THAT(f.smelt({"resume", "notes"}).out, SMELT_CONTAINS("Lifted: 10 of the last 10"));
    CHECK(hold_of(f) == "none");
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.counters()["batches_created"] == 2);
}

TEST_CASE("a few failures do not hold a task, and 100% never does") {
    pipeline_fixture f{{.records = 40,
                        .simulator = {"--latency", "50ms", "--invalid-rate", "1", "--invalid-results", "1"},
                        .extra = "limits: {requests_per_batch: 10}\ncircuit_breaker: {failed: 100%, after: 1}"}};
    f.run_to_end();
    f.check_all_done(40);
    CHECK(f.sql("SELECT count(*) FROM smelt.hold") == "0");
}

TEST_CASE("a new version of a task is tried on one small batch first") {
    pipeline_fixture f{{.records = 40, .extra = "limits: {requests_per_batch: 10, first_batch: 4}"}};
    const auto first = f.smelt({"run"});
    CHECK(first.status == 0);
    CHECK_THAT(first.out + first.err, SMELT_CONTAINS("waits for the answers of its first batch"));
    CHECK(f.sql("SELECT string_agg(sent::text, ',') FROM smelt.batch") == "4");
    CHECK(f.smelt({"run"}).status == 0);
    f.run_to_end();
    f.check_all_done(40);
    CHECK(f.sql("SELECT string_agg(sent::text, ',' ORDER BY id) FROM smelt.batch") == "4,10,10,10,6");
}

TEST_CASE("a share above 100% is a mistake in the pipeline file") {
    pipeline_fixture f{{.records = 1, .extra = "circuit_breaker: {failed: 101%}"}};
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("at most 100%"));
}

TEST_CASE("a first batch that fails holds the task, however many answers the circuit breaker would wait for") {
    pipeline_fixture f{{.records = 40,
                        .simulator = {"--latency", "50ms", "--invalid-rate", "1", "--invalid-results", "1"},
                        .extra = "limits: {first_batch: 5}"}};
    REQUIRE(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 4);
    CHECK_THAT(hold_of(f), SMELT_CONTAINS("5 of the last 5 answers failed"));
    CHECK(f.counters()["batches_created"] == 1);
}
