#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

TEST_CASE("a batch that its provider never ends can be declared absent once it was cancelled") {
    pipeline_fixture f{{.records = 4, .simulator = {"--latency", "60s"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto id = f.sql("SELECT id FROM smelt.batches");
    const auto early = f.smelt({"adopt", id, "--absent"});
    CHECK(early.status == 1);
    CHECK_THAT(early.err, SMELT_CONTAINS("cancel it first"));

    f.fault(R"({"on":"cancel","status":500,"retry_after_ms":"5","count":1000})");
    f.execute("UPDATE smelt.batch SET cancel_requested_at = now()");
    const auto unasked = f.smelt({"adopt", id, "--absent"});
    CHECK(unasked.status == 1);
    CHECK_THAT(unasked.err, SMELT_CONTAINS("--collect-only first"));
    f.execute("UPDATE smelt.batch SET cancel_requested_at = last_checked_at - interval '1 second'");
    CHECK_THAT(f.smelt({"adopt", id, "--absent"}).out, SMELT_CONTAINS("4 items can be sent again"));
    CHECK(f.sql("SELECT state FROM smelt.batches") == "abandoned");
    f.check_promises();
}

TEST_CASE("an unknown batch is what somebody says of it") {
    pipeline_fixture f{{.records = 4, .simulator = {"--latency", "60s"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto remote = f.sql("SELECT remote_id FROM smelt.batches");
    const auto id = f.sql("SELECT id FROM smelt.batches");
    CHECK(f.smelt({"adopt", id, remote}).status == 1);
    const std::string forget = "UPDATE smelt.batch SET state = 2, remote_id = NULL, send_until = now()";

    f.execute(forget);
    CHECK(f.smelt({"adopt", id}).status == 1);
    CHECK(f.smelt({"adopt", id, remote, "--absent"}).status == 1);
    CHECK(f.smelt({"adopt", id, remote}).status == 0);
    CHECK(f.sql("SELECT state || ' ' || remote_id FROM smelt.batches") == "open " + remote);

    f.execute(forget);
    CHECK_THAT(f.smelt({"adopt", id, "--absent"}).out, SMELT_CONTAINS("4 items can be sent again"));
    CHECK(f.sql("SELECT pending FROM smelt.status") == "4");
}
