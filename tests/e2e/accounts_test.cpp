#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

namespace {

/// The pipeline's file with another project, as if somebody had moved it to another account.
void move_to_project(pipeline_fixture &f, const std::string &project) {
    auto yaml = f.files().read("pipeline.yaml");
    const auto at = yaml.find("api_key:");
    REQUIRE(at != std::string::npos);
    f.files().write("pipeline.yaml", yaml.insert(at, "project: " + project + ", "));
}

} // namespace

TEST_CASE("a batch of another project is neither looked for here nor sent again") {
    pipeline_fixture f{{.records = 10}};
    f.fault(R"({"on":"create","drop_after":true})");
    f.smelt({"run"});
    REQUIRE(f.sql("SELECT state FROM smelt.batches") == "unknown");
    const auto before = f.files().read("pipeline.yaml");
    move_to_project(f, "another");
    const auto moved = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "20s"});
    CHECK(moved.status == 4);
    CHECK_THAT(moved.out, SMELT_CONTAINS("smelt adopt 1 REMOTE_ID"));
    CHECK(f.counters()["batches_created"] == 1);
    f.files().write("pipeline.yaml", before);
    f.run_to_end();
    f.check_all_done(10);
    CHECK(f.counters()["requests_billed"] == 10);
}

TEST_CASE("an open batch of an address that the file names no more waits for a person") {
    pipeline_fixture f{{.records = 10}};
    REQUIRE(f.smelt({"run"}).status == 0);
    move_to_project(f, "another");
    const auto moved = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "20s"});
    CHECK(moved.status == 4);
    CHECK(f.sql("SELECT state FROM smelt.batches") == "unknown");
    CHECK(f.smelt({"run"}).status == 4);
    CHECK(f.smelt({"doctor"}).status == 4);
    const auto remote = f.sql("SELECT remote_id FROM smelt.batches");
    REQUIRE(f.smelt({"adopt", "1", remote}).status == 0);
    f.run_to_end();
    f.check_all_done(10);
    CHECK(f.counters()["requests_billed"] == 10);
}

TEST_CASE("each pipeline's batches are judged by its own timing") {
    // What the first pipeline of a command says about lagging listings is not what the second one's service does.
    pipeline_fixture f{{.records = 10,
                        .simulator = {"--latency", "50ms", "--invalid-rate", "0"},
                        .timing = "{send_window: 300ms, list_grace: 100ms, missing_wait: 200ms, lease: 5s}"}};
    f.write_another("{csv: records.csv, key: id}");
    auto yaml = f.files().read("other.yaml");
    yaml.replace(yaml.find("list_grace: 100ms"), 17, "list_grace: 30s");
    f.files().write("other.yaml", yaml);
    f.fault(R"([{"match":"other/","list_lag":5},{"on":"create","drop_after":true}])");
    f.smelt({"run", "other.yaml"});
    REQUIRE(f.sql("SELECT state FROM smelt.batches WHERE pipeline = 'other'") == "unknown");
    const auto done = f.smelt({"run", "pipeline.yaml", "other.yaml", "--wait", "--poll", "100ms", "--timeout", "60s"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.counters()["requests_billed"] == 20);
    CHECK(f.sql("SELECT sum(extracted) FROM smelt.status") == "20");
    f.check_promises();
}

TEST_CASE("a run whose pid means nothing here is not declared dead while its lease holds") {
    pipeline_fixture f{{.records = 4}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto *space = GENERATE("pid:[1]", "");
    f.execute(
        fmt::format("INSERT INTO smelt.runner (host, boot_id, pid, pid_start, pid_namespace, lease_until) SELECT "
                    "host, boot_id, 4194303, 1, '{}', now() + interval '1 hour' FROM smelt.runner ORDER BY id DESC "
                    "LIMIT 1",
                    space));
    f.execute("UPDATE smelt.batch SET runner_id = (SELECT max(id) FROM smelt.runner)");
    REQUIRE(f.smelt({"run"}).status == 0);
    CHECK(f.sql("SELECT ended_at IS NULL FROM smelt.runner WHERE pid = 4194303") == "t");
    CHECK(f.sql("SELECT state FROM smelt.batches") == "open");
    f.execute("UPDATE smelt.runner SET pid_namespace = (SELECT pid_namespace FROM smelt.runner ORDER BY id LIMIT 1) "
              "WHERE pid "
              "= 4194303");
    f.run_to_end();
    CHECK(f.sql("SELECT ended_at IS NOT NULL FROM smelt.runner WHERE pid = 4194303") == "t");
    f.check_all_done(4);
}
