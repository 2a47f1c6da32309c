#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>

using namespace smelt;
using namespace smelt::test;

namespace {

json document_of_batch(const finished &done) {
    INFO(done.out << done.err);
    REQUIRE(done.status == 0);
    return json::parse(done.out);
}

} // namespace

TEST_CASE("a run that only collects loads and sends nothing") {
    pipeline_fixture f{{.records = 5, .simulator = {"--latency", "300ms", "--invalid-rate", "0"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.write_records(1, 8);
    const auto done = f.smelt({"run", "--collect-only", "--wait", "--poll", "100ms"});
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("5 accepted"));
    CHECK(f.sql("SELECT count(*) FROM smelt.items") == "5");
    CHECK(f.counters()["requests_billed"] == 5);
    // An answer that is to be asked again stays to be sent.
    REQUIRE(f.smelt({"redo", "notes", "--all"}).status == 0);
    CHECK(f.smelt({"run", "--collect-only", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.counters()["requests_billed"] == 5);
    CHECK(f.smelt({"run", "--collect-only", "--max", "3"}).status == 1);
    f.run_to_end();
    f.check_all_done(8);
}

TEST_CASE("a batch is named by its number or by the provider's id") {
    pipeline_fixture f{{.records = 5, .simulator = {"--latency", "60s"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto remote = f.sql("SELECT remote_id FROM smelt.batches");
    for (const auto &name : {std::string{"1"}, remote}) {
        const auto shown = f.smelt({"batches", name});
        CHECK(shown.status == 0);
        CHECK_THAT(shown.out, SMELT_CONTAINS("batch 1 of notes/extract: open") && SMELT_CONTAINS(remote) &&
                                  SMELT_CONTAINS("5 claimed, 5 sent = 5 waiting"));
    }
    CHECK(document_of_batch(f.smelt({"batches", remote, "--json"}))["id"] == 1);
    CHECK_THAT(f.smelt({"batches", "99"}).err, SMELT_CONTAINS("there is no batch 99"));
    CHECK_THAT(f.smelt({"batches", "batch_none"}).err, SMELT_CONTAINS("batch_none"));
    CHECK(f.smelt({"adopt", remote, "batch_x"}).status == 1);
    CHECK_THAT(f.smelt({"cancel", remote, "--yes"}).out, SMELT_CONTAINS("batch 1: "));
}

TEST_CASE("an interrupted run says what goes on at the provider and how to go on here") {
    pipeline_fixture f{{.records = 5, .simulator = {"--latency", "60s"}}};
    process running{f.smelt_command({"run", "--wait", "--poll", "200ms"})};
    f.wait_until("SELECT count(*) > 0 FROM smelt.batches WHERE state = 'open'");
    running.send(SIGINT);
    const auto done = running.wait();
    CHECK(done.status == 130);
    CHECK_THAT(done.err, SMELT_CONTAINS("1 batch with 5 requests goes on at the provider.") &&
                             SMELT_CONTAINS("smelt run pipeline.yaml") && SMELT_CONTAINS("--collect-only"));
}

TEST_CASE("a watched status ends when nothing is left to do") {
    pipeline_fixture f{{.records = 3}};
    f.run_to_end();
    const auto done = f.smelt({"status", "notes", "--watch"});
    CHECK(done.status == 0);
    CHECK_THAT(done.err, SMELT_CONTAINS("notes  3 of 3 (100 %)"));
    CHECK_THAT(done.out, SMELT_CONTAINS("notes/extract"));
}
