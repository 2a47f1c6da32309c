#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

/// No request was accepted twice, and every item has one answer at most.
void check_paid_once(pipeline_fixture &f) {
    CHECK(f.counters()["answer_duplicates"] == 0);
    CHECK(f.sql("SELECT count(*) FROM (SELECT FROM smelt.attempt WHERE outcome = 0 GROUP BY task_id, record_id "
                "HAVING count(*) > 1) AS twice") == "0");
    f.check_promises();
}

/// A service beside the own one, at the same simulator, that is asked for another model.
std::string fallback_of(pipeline_fixture &f, const std::string &name, const std::string &rest) {
    return "fallback: {provider: {name: " + name + ", base_url: \"" + f.simulator().url(name) +
           "\", api_key: {env: TEST_KEY}}, model: model-of-fallback, " + rest + "}";
}

/// Long enough to be late after a second; a cancel ends it in a twentieth of it.
const std::vector<std::string> slow_batches{"--latency", "8s", "--invalid-rate", "0"};

} // namespace

TEST_CASE("a fallback answers what is not worth a batch, and batches take the rest") {
    pipeline_fixture f{{.records = 100}};
    f.add_section("fallback: {provider: {name: direct, base_url: \"" + f.simulator().url() +
                  "\", concurrency: 4}, below: 20}");
    f.run_to_end();
    CHECK(f.counters()["batches_created"] == 1);
    CHECK(f.counters()["answers"] == 0);
    f.write_records(1, 110);
    f.run_to_end();
    f.check_all_done(110);
    CHECK(f.counters()["batches_created"] == 1);
    CHECK(f.counters()["answers"] == 10);
    CHECK(f.sql("SELECT string_agg(provider || ':' || sent, ' ' ORDER BY id) FROM smelt.batches") ==
          "openai:100 direct:10");
    check_paid_once(f);
}

TEST_CASE("a fallback that was killed is recovered beside open batches") {
    pipeline_fixture f{
        {.records = 100, .simulator = {"--latency", "1s", "--invalid-rate", "0", "--answer-latency", "300ms"}}};
    f.add_section("fallback: {provider: {name: direct, base_url: \"" + f.simulator().url() +
                  "\", concurrency: 2}, below: 20}");
    CHECK(f.smelt({"run"}).status == 0);
    f.write_records(1, 110);
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(dispatched), 0) > 0 FROM smelt.batch");
    running.send(SIGKILL);
    running.wait();
    f.run_to_end();
    f.execute("UPDATE smelt.item SET not_before = now() WHERE claimable");
    f.run_to_end();
    f.check_all_done(110);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "110");
    check_paid_once(f);
}

TEST_CASE("a fallback that is out of order is left out, and resume takes it back") {
    pipeline_fixture f{{.records = 10}};
    f.add_section("fallback: {provider: {name: direct, base_url: \"" + f.simulator().url() + "\"}, below: 20}");
    const auto *status = GENERATE("401", "404");
    f.fault(std::string{R"({"on":"answer","count":1000,"status":)"} + status + "}");
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "60s"});
    INFO(done.err);
    CHECK_THAT(done.err, SMELT_CONTAINS(status));
    f.check_all_done(10);
    CHECK(f.counters()["batches_created"] == 1);
    CHECK_THAT(f.sql("SELECT hold FROM smelt.status"), SMELT_CONTAINS(status));
    f.forget_faults();
    CHECK(f.smelt({"resume", "pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.hold WHERE lifted_at IS NULL") == "0");
    f.write_records(1, 15);
    f.run_to_end();
    CHECK(f.counters()["answers"] == 5);
}

TEST_CASE("a fallback with after gets what the service of a late batch has not run") {
    const bool is_gated = GENERATE(false, true);
    const auto *name = is_gated ? "mistral" : "direct";
    const auto *gate = is_gated ? "    when: \"true\"\n" : "";
    pipeline_fixture f{
        {.records = 30, .simulator = slow_batches, .task = std::string{pipeline_fixture::default_task} + gate}};
    f.add_section(fallback_of(f, name, "after: 1s"));
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    const auto done = f.run_to_end();
    CHECK_THAT(done.out + done.err, SMELT_CONTAINS("batch 1: openai has had it for") &&
                                        SMELT_CONTAINS("(fallback.after: 1s)") && SMELT_CONTAINS(name));
    f.check_all_done(30);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "30");
    CHECK(f.sql("SELECT string_agg(provider || ' ' || model || ' ' || rung, ', ' ORDER BY id) FROM smelt.batches") ==
          std::string{"openai gpt-5-mini 0, "} + name + " model-of-fallback -1");
    CHECK(f.sql("SELECT cancelled > 0 AND accepted + cancelled = 30 FROM smelt.batch WHERE id = 1") == "t");
    CHECK(f.sql("SELECT a.cancelled = b.sent AND b.sent = b.accepted FROM smelt.batch AS a, smelt.batch AS b "
                "WHERE a.id = 1 AND b.id = 2") == "t");
    check_paid_once(f);
}

TEST_CASE("a fallback with after gets nothing of a late batch that is answered in spite of its cancel") {
    pipeline_fixture f{{.records = 30, .simulator = {"--latency", "4s", "--invalid-rate", "0"}}};
    f.add_section(fallback_of(f, "direct", "after: 1s"));
    f.fault(R"({"ignore_cancel":true})");
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    f.run_to_end();
    f.check_all_done(30);
    CHECK(f.sql("SELECT accepted || ' ' || (cancel_requested_at IS NOT NULL) FROM smelt.batch") == "30 true");
    CHECK(f.counters()["answers"] == 0);
    check_paid_once(f);
}

TEST_CASE("a fallback with after waits for the word of a service that cannot be asked about a late batch") {
    pipeline_fixture f{{.records = 10, .simulator = slow_batches}};
    f.add_section(fallback_of(f, "direct", "after: 1s"));
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    const auto *broken = GENERATE("get", "cancel");
    f.fault(std::string{R"({"on":")"} + broken + R"(","status":503,"count":1000})");
    CHECK(f.smelt({"run"}).status == 2);
    CHECK(f.counters()["answers"] == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'submitted'") == "10");
    f.forget_faults();
    f.run_to_end();
    f.check_all_done(10);
    check_paid_once(f);
}

TEST_CASE("a fallback with after is asked while the own service has been out of reach for so long") {
    const auto *broken = GENERATE("list", "upload");
    pipeline_fixture f{{.records = 30}};
    f.add_section(fallback_of(f, "direct", "after: 2s"));
    f.fault(std::string{R"({"on":")"} + broken + R"(","status":503,"count":1000})");
    CHECK(f.smelt({"run"}).status == 2);
    CHECK(f.counters()["answers"] == 0);
    CHECK(f.sql("SELECT count(unreachable_since) FROM smelt.account") == "1");
    std::this_thread::sleep_for(2s);
    const auto late = f.smelt({"run"});
    INFO(late.out + late.err);
    CHECK_THAT(late.out,
               SMELT_CONTAINS("openai could not be reached for") && SMELT_CONTAINS("direct is asked instead"));
    CHECK(f.counters()["answers"] == 30);
    f.forget_faults();
    f.write_records(1, 60);
    f.run_to_end();
    f.check_all_done(60);
    CHECK(f.counters()["answers"] == 30);
    CHECK(f.sql("SELECT count(unreachable_since) FROM smelt.account") == "0");
    check_paid_once(f);
}

TEST_CASE("a fallback with after takes over from a synchronous service, too") {
    pipeline_fixture f{{.records = 20, .base_url = "http://127.0.0.1:9/v1", .name = "direct"}};
    f.add_section(fallback_of(f, "openai", "after: 1s"));
    CHECK(f.smelt({"run"}).status == 2);
    CHECK(f.counters()["batches_created"] == 0);
    std::this_thread::sleep_for(1s);
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT string_agg(DISTINCT provider, ' ') FROM smelt.batches WHERE accepted > 0") == "openai");
    check_paid_once(f);
}

TEST_CASE("a fallback that is taken out of the file leaves its items to the task's own service") {
    pipeline_fixture f{{.records = 10, .simulator = slow_batches}};
    f.add_section(fallback_of(f, "direct", "after: 1s"));
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    CHECK(f.smelt({"run"}).status == 0); // asks for the cancel
    std::this_thread::sleep_for(500ms);
    CHECK(f.smelt({"run", "--collect-only"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE rung = -1 AND status = 'pending'") != "0");
    f.drop_sections();
    f.run_to_end();
    f.check_all_done(10);
    CHECK(f.counters()["answers"] == 0);
    check_paid_once(f);
}

TEST_CASE("a run that is killed while a late batch is given up asks nobody twice") {
    const auto *point = GENERATE("give_up.before_mark", "give_up.after_mark", "give_up.after_cancel");
    pipeline_fixture f{{.records = 20, .simulator = slow_batches}};
    f.add_section(fallback_of(f, "direct", "after: 1s"));
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = std::string{point} + "=kill";
    CHECK(run(c).status != 0);
    f.check_promises();
    std::this_thread::sleep_for(300ms);
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT sum(accepted) FROM smelt.batch") == "20");
    CHECK(f.sql("SELECT cancelled > 0 FROM smelt.batch WHERE id = 1") == "t");
    check_paid_once(f);
}

TEST_CASE("a late batch is given up once while its fallback cannot be had") {
    pipeline_fixture f{{.records = 10, .simulator = slow_batches}};
    f.add_section(R"(fallback: {provider: {name: direct, base_url: "http://127.0.0.1:9/v1"}, after: 1s})");
    CHECK(f.smelt({"run"}).status == 0);
    std::this_thread::sleep_for(1s);
    f.smelt({"run", "--wait", "--poll", "200ms", "--timeout", "60s"});
    f.check_all_done(10);
    CHECK(
        f.sql("SELECT count(*) FILTER (WHERE cancel_requested_at IS NOT NULL) || ' ' || count(DISTINCT provider) FROM "
              "smelt.batches WHERE remote_id IS NOT NULL") == "1 1");
    check_paid_once(f);
}
