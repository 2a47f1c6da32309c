#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

namespace {

pipeline_fixture::options twelve() {
    return {.records = 12, .simulator = {"--latency", "300ms", "--invalid-rate", "0"}};
}

std::string billed(pipeline_fixture &f) {
    return f.counters()["requests_billed"].dump();
}

/// Loads other texts for the same records while a run stands at a failpoint.
void change_while(pipeline_fixture &f, const std::string &failpoint, const std::string &is_there) {
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = failpoint;
    process running{c};
    f.wait_until(is_there);
    f.write_records(1, 12, " changed");
    REQUIRE(f.smelt({"load", "notes", "--accept-changes"}).status == 0);
    REQUIRE(running.wait().status == 0);
}

} // namespace

TEST_CASE("what a load changes between claim and rendering is sent once, with the new text") {
    pipeline_fixture f{twelve()};
    change_while(f, "claim.after_commit=delay:2s", "SELECT count(*) = 1 FROM smelt.batch WHERE state = 0");
    f.run_to_end();
    f.check_all_done(12);
    CHECK(billed(f) == "12");
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE stale OR rendered_hash IS NOT NULL") == "0");
}

TEST_CASE("what a load changes after rendering is sent again, with the new text") {
    pipeline_fixture f{twelve()};
    change_while(f, "build.after_commit=delay:2s", "SELECT count(*) = 1 FROM smelt.batch WHERE state = 0 AND sent > 0");
    f.run_to_end();
    f.check_all_done(12);
    CHECK(billed(f) == "24");
}

TEST_CASE("a text that is what it was when the request was rendered keeps its answer") {
    pipeline_fixture f{twelve()};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.write_records(1, 12, " changed");
    REQUIRE(f.smelt({"load", "notes", "--accept-changes"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE stale") == "12");
    f.write_records(1, 12);
    REQUIRE(f.smelt({"load", "notes", "--accept-changes"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE stale") == "0");
    f.run_to_end();
    f.check_all_done(12);
    CHECK(billed(f) == "12");
}

TEST_CASE("a record that a filter takes away while it is under way is not sent again") {
    // The answers of the first deliveries are invalid, or the batch is cancelled: either would send the items again.
    const bool changes = GENERATE(true, false);
    const auto *fate = GENERATE("answered", "expired");
    INFO(changes << fate);
    pipeline_fixture f{{.records = 12, .simulator = {"--latency", "300ms", "--invalid-rate", "0"}}};
    if (std::string{fate} == "expired")
        f.fault(R"({"expire_after_fraction":0})");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.add_section("prefilter:\n  - {name: gone, skip_if: \"true\"}");
    if (changes)
        f.write_records(1, 12, " changed");
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--accept-changes"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    CHECK(f.counters()["batches_created"] == 1);
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE status NOT IN (2, 5)") == "0");
    if (changes || std::string{fate} == "expired")
        CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE status = 5 AND skip_reason = 'gone'") == "12");
    f.check_promises();
}

TEST_CASE("items that were deleted while they were under way are counted, and stop nothing") {
    pipeline_fixture f{{.records = 12, .extra = "limits: {requests_per_batch: 6}"}};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.execute(
        "DELETE FROM smelt.item WHERE record_id IN (SELECT record_id FROM smelt.item ORDER BY record_id LIMIT 2)");
    const bool with_record = GENERATE(true, false);
    if (with_record)
        f.execute(
            "DELETE FROM smelt.record AS r WHERE NOT EXISTS (SELECT FROM smelt.item AS i WHERE i.record_id = r.id)");
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("orphaned"));
    CHECK(f.sql("SELECT sum(orphaned) FROM smelt.ledger") == "2");
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE status = 2") == "10");
    CHECK(f.sql("SELECT bool_and(state = 5) FROM smelt.batch") == "t");
    CHECK_THAT(f.smelt({"doctor", "--deep"}).out, SMELT_CONTAINS("were deleted while it was under way"));
}

TEST_CASE("a record that was deleted between claim and rendering is skipped") {
    pipeline_fixture f{twelve()};
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = "claim.after_commit=delay:2s";
    process running{c};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 0");
    f.execute("DELETE FROM smelt.record WHERE id = (SELECT min(id) FROM smelt.record)");
    CHECK(running.wait().status == 0);
    REQUIRE(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE skip_reason = 'its record was deleted' AND status = 5") == "1");
    CHECK(f.sql("SELECT count(*) FROM smelt.item WHERE status = 2") == "11");
}

TEST_CASE("a task that the file names no more leaves the summary") {
    pipeline_fixture f{{.records = 5}};
    f.fault(R"({"on":"upload","status":400,"code":"bad","message":"no","count":9})");
    REQUIRE(f.smelt({"run"}).status == 4);
    f.forget_faults();
    std::string renamed = pipeline_fixture::default_task;
    const auto at = renamed.find("extract:");
    REQUIRE(at != std::string::npos);
    f.write_pipeline(renamed.replace(at, 8, "outline:"));
    const auto done = f.run_to_end();
    CHECK_THAT(done.out, !SMELT_CONTAINS("Waiting to be sent"));
    CHECK(f.sql("SELECT string_agg(task, ',') FROM smelt.status") == "outline");
    CHECK_THAT(f.smelt({"status"}).out, !SMELT_CONTAINS("extract"));
}

TEST_CASE("the score of a task is that of its current results") {
    pipeline_fixture f{{.records = 12, .extra = "limits: {requests_per_batch: 5}"}};
    const std::string mean =
        "SELECT abs(s.mean_score - (SELECT avg(score) FROM smelt.results)) < 0.0001 FROM smelt.status AS s";
    f.run_to_end();
    CHECK(f.sql(mean) == "t");
    f.write_records(1, 6, " in other words");
    REQUIRE(f.smelt({"run", "--accept-changes"}).status == 0);
    f.write_records(1, 3, " once more"); // while the second answers are under way
    REQUIRE(f.smelt({"run", "--accept-changes"}).status == 0);
    f.run_to_end();
    CHECK(f.sql(mean) == "t");
    CHECK(f.sql("SELECT sum(answers) >= 6 FROM smelt.score_correction") == "t");
    f.check_promises();
}
