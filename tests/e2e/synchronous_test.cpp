#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <csignal>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

pipeline_fixture::options synchronous(int records, std::vector<std::string> simulator = {}, int concurrency = 8) {
    pipeline_fixture::options o{.records = records, .simulator = std::move(simulator)};
    o.simulator.insert(o.simulator.end(), {"--invalid-rate", "0", "--latency", "100ms"});
    o.name = "direct";
    o.provider = fmt::format(", concurrency: {}", concurrency);
    return o;
}

/// Every request that the service has accepted is one that was sent, and none was accepted twice.
void check_paid_once(pipeline_fixture &f) {
    const auto counters = f.counters();
    CHECK(counters["answer_duplicates"] == 0);
    CHECK(f.sql("SELECT sum(sent - not_run) >= " + counters["answers"].dump() + " FROM smelt.batch") == "t");
    f.check_promises();
}

} // namespace

TEST_CASE("synchronous: one run answers everything, with no batch at the provider") {
    pipeline_fixture f{synchronous(500, {"--answer-latency", "10ms"})};
    const auto done = f.smelt({"run"});
    INFO(done.out);
    INFO(done.err);
    CHECK(done.status == 0);
    f.check_all_done(500);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "500");
    CHECK(f.counters()["answers"] == 500);
    CHECK(f.counters()["batches_created"] == 0);
    CHECK(f.counters()["answers_in_flight_max"] == 8);
    CHECK(
        f.sql(
            "SELECT count(*) FROM smelt.batches WHERE state = 'closed' AND remote_id IS NULL AND dispatched = sent") ==
        "1");
    check_paid_once(f);
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.counters()["answers"] == 500);
}

TEST_CASE("synchronous: the answers are those of a batch") {
    pipeline_fixture batches{{.records = 60, .simulator = {"--latency", "50ms", "--invalid-rate", "0.2"}}};
    batches.run_to_end();
    auto o = synchronous(60);
    o.simulator = {"--invalid-rate", "0.2"};
    pipeline_fixture f{o};
    f.run_to_end();
    f.check_all_done(60);
    const std::string outputs = "SELECT md5(string_agg(key || output::text, ',' ORDER BY key)) FROM smelt.results";
    CHECK(f.sql(outputs) == batches.sql(outputs));
    CHECK(f.sql("SELECT sum(rejected) > 0 FROM smelt.batch") == "t");
    check_paid_once(f);
}

TEST_CASE("synchronous: after a kill, what was not sent is requeued with nothing spent, and what was is asked for once "
          "more") {
    pipeline_fixture f{synchronous(200, {"--answer-latency", "100ms"}, 4)};
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(accepted), 0) > 0 FROM smelt.batch");
    running.send(SIGKILL);
    running.wait();
    f.check_promises();
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE state = 3 AND dispatched < sent") == "1");
    const auto paid = f.counters()["answers"].get<int>();
    const auto applied = std::stoi(f.sql("SELECT sum(accepted) FROM smelt.batch"));
    f.run_to_end();
    const auto missing = std::stoi(f.sql("SELECT missing FROM smelt.batch WHERE id = 1"));
    CHECK(missing >= paid - applied);
    CHECK(f.sql("SELECT sent - accepted - missing = not_run AND not_run > 0 FROM smelt.batch WHERE id = 1") == "t");
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE deliveries > 0") == std::to_string(missing));
    f.execute("UPDATE smelt.item SET not_before = now() WHERE claimable");
    f.run_to_end();
    f.check_all_done(200);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "200");
    CHECK(f.counters()["answers"] == paid + 200 - applied);
    check_paid_once(f);
}

TEST_CASE("synchronous: an interrupted run keeps the answers that are under way, and sends nothing more") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    pipeline_fixture f{synchronous(200, {"--answer-latency", "300ms"}, 4)};
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(dispatched), 0) > 0 FROM smelt.batch");
    std::this_thread::sleep_for(500ms);
    running.send(signal);
    const auto done = running.wait();
    INFO(done.err);
    CHECK(done.status == 130);
    CHECK(f.sql("SELECT state = 5 AND missing = 0 AND not_run > 0 AND accepted + not_run = sent FROM smelt.batch") ==
          "t");
    CHECK(f.sql("SELECT sum(accepted) FROM smelt.batch") == f.counters()["answers"].dump());
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'submitted' OR deliveries > 0") == "0");
    check_paid_once(f);
}

TEST_CASE("synchronous: a second signal ends it at once") {
    pipeline_fixture f{synchronous(50, {"--answer-latency", "60s"}, 4)};
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(dispatched), 0) > 0 FROM smelt.batch");
    std::this_thread::sleep_for(300ms);
    running.send(SIGINT);
    std::this_thread::sleep_for(300ms);
    CHECK(running.is_running());
    running.send(SIGINT);
    CHECK(running.wait().signal == SIGINT);
    f.check_promises();
}

TEST_CASE("synchronous: a service that refuses stops the run and holds what it refused, with nothing lost") {
    pipeline_fixture f{synchronous(60)};
    SECTION("a key") {
        auto o = synchronous(60);
        o.simulator.insert(o.simulator.end(), {"--key", "another"});
        pipeline_fixture g{o};
        const auto done = g.smelt({"run"});
        CHECK(done.status == 4);
        CHECK_THAT(done.err, SMELT_CONTAINS("401") && SMELT_CONTAINS("smelt resume"));
        CHECK(g.sql("SELECT count(*) FROM smelt.hold WHERE kind = 'refused' AND account_id IS NOT NULL") == "1");
        CHECK(g.sql("SELECT pending FROM smelt.status") == "60");
        g.check_promises();
    }
    SECTION("a model") {
        f.fault(R"({"on":"answer","status":404,"message":"no such model","count":1000})");
        const auto done = f.smelt({"run"});
        CHECK(done.status == 4);
        CHECK_THAT(done.err, SMELT_CONTAINS("no such model"));
        CHECK(f.sql("SELECT count(*) FROM smelt.hold WHERE kind = 'refused' AND task_id IS NOT NULL") == "1");
        f.forget_faults();
        CHECK(f.smelt({"resume", "pipeline.yaml"}).status == 0);
        f.run_to_end();
        f.check_all_done(60);
        check_paid_once(f);
    }
    SECTION("for long, because it is busy") {
        f.fault(R"({"on":"answer","status":429,"retry_after":"120","count":1000})");
        const auto done = f.smelt({"run"});
        INFO(done.err);
        CHECK(
            f.sql(
                "SELECT count(*) FROM smelt.hold WHERE kind = 'queue_full' AND until > now() + interval '1 minute'") ==
            "1");
        CHECK(f.sql("SELECT pending FROM smelt.status") == "60");
        CHECK(f.sql("SELECT sum(not_run) = 60 AND count(*) = 1 FROM smelt.batch") == "t");
        check_paid_once(f);
    }
}

TEST_CASE("synchronous: a service that is not there is said in a few seconds, and nothing is spent") {
    pipeline_fixture f{synchronous(30)};
    f.simulator().running().send(SIGKILL);
    f.simulator().running().wait();
    const auto done = f.smelt({"run"});
    f.simulator().restart(SIGKILL);
    INFO(done.err);
    CHECK(done.status == 2);
    CHECK_THAT(done.err, SMELT_CONTAINS("could not be reached"));
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'pending' AND deliveries = 0") == "30");
    f.check_promises();
}

TEST_CASE("synchronous: errors, broken connections and busy moments end like those of a batch") {
    pipeline_fixture f{synchronous(120)};
    f.fault(
        R"([{"on":"answer","status":500,"probability":0.1,"count":5},{"on":"answer","drop_after":true,"probability":0.1,"count":5},
                {"on":"answer","status":429,"retry_after":"1","probability":0.1,"count":3}])");
    f.run_to_end();
    f.execute("UPDATE smelt.item SET not_before = now() WHERE claimable");
    f.run_to_end();
    f.check_all_done(120);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "120");
    CHECK(f.sql("SELECT sum(errored) FROM smelt.batch") == "10");
    check_paid_once(f);
}

TEST_CASE("synchronous: a cancelled batch sends nothing more, and what was answered counts") {
    pipeline_fixture f{synchronous(200, {"--answer-latency", "100ms"}, 4)};
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(accepted), 0) > 0 FROM smelt.batch");
    const auto cancelled = f.smelt({"cancel", "1", "--yes"});
    INFO(cancelled.out + cancelled.err);
    CHECK(cancelled.status == 0);
    running.wait();
    CHECK(f.sql("SELECT state = 5 AND missing = 0 AND not_run > 0 AND accepted + not_run = sent FROM smelt.batch") ==
          "t");
    CHECK(f.sql("SELECT sum(accepted) FROM smelt.batch") == f.counters()["answers"].dump());
    check_paid_once(f);
}

TEST_CASE("synchronous: rates are kept") {
    auto o = synchronous(12);
    o.provider += ", requests_per_minute: 120";
    pipeline_fixture f{o};
    const auto begun = std::chrono::steady_clock::now();
    f.run_to_end();
    CHECK(std::chrono::steady_clock::now() - begun >= 4s);
    f.check_all_done(12);
}

TEST_CASE("synchronous: what waits for its turn is not sent after a cancel") {
    auto o = synchronous(100, {"--answer-latency", "100ms"}, 2);
    o.extra = "limits: {requests_per_batch: 50}";
    pipeline_fixture f{o};
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT coalesce(max(accepted), 0) > 0 AND count(*) = 2 FROM smelt.batch");
    CHECK(f.smelt({"cancel", "1", "--yes"}).status == 0);
    running.wait();
    CHECK(f.sql("SELECT state FROM smelt.batches WHERE id = 2") == "abandoned");
    CHECK(f.sql("SELECT accepted FROM smelt.batch WHERE id = 1") == f.counters()["answers"].dump());
    CHECK(f.counters()["answers"] < 50);
    check_paid_once(f);
}

TEST_CASE("synchronous: one pass sends again what was rejected, and what another task has waited for") {
    auto o = synchronous(60);
    o.simulator = {"--invalid-rate", "0.4"};
    o.task += R"(
  check:
    needs: extract
    priority: -1
    model: gpt-5-mini
    user: "Is {{tasks.extract.title}} a title?"
    output: {type: object, required: [sure], properties: {sure: {type: boolean}}}
)";
    pipeline_fixture f{o};
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.sql("SELECT sum(extracted) FROM smelt.status") == "120");
    CHECK(f.sql("SELECT sum(rejected) > 0 FROM smelt.batch") == "t");
    CHECK(f.sql("SELECT sum(sent) FROM smelt.batch") == f.counters()["answers"].dump());
    CHECK(f.counters()["answer_duplicates"] == 0);
}

TEST_CASE("synchronous: the time given by --timeout ends the sending") {
    pipeline_fixture f{synchronous(200, {"--answer-latency", "200ms"}, 1)};
    const auto begun = std::chrono::steady_clock::now();
    f.smelt({"run", "--wait", "--timeout", "2s"});
    CHECK(std::chrono::steady_clock::now() - begun < 20s);
    CHECK(f.sql("SELECT state = 5 AND missing = 0 AND not_run > 100 AND accepted + not_run = sent FROM smelt.batch") ==
          "t");
    check_paid_once(f);
}

TEST_CASE("synchronous: answers outlive a database that is gone for a moment") {
    pipeline_fixture f{synchronous(240, {"--answer-latency", "50ms"}, 4)};
    process running{f.smelt_command({"run"})};
    for (int i = 0; i < 3; ++i) {
        f.wait_until("SELECT coalesce(max(accepted), 0) > " + std::to_string(i * 25) + " FROM smelt.batch");
        f.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'smelt run' AND "
              "datname = current_database()");
    }
    const auto done = running.wait();
    INFO(done.err);
    CHECK(done.status == 0);
    f.check_all_done(240);
    CHECK(f.sql("SELECT sum(missing) FROM smelt.batch") == "0");
    CHECK(f.counters()["answers"] == 240);
    check_paid_once(f);
}
