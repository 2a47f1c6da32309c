// Tasks with services of their own, and tasks that climb from one model to the next.

#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

constexpr const char *topic_task = R"(
    user: "Topic: {{topic}}\nNote: {{note}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
)";

/// One at each service.
std::string tasks_of_both() {
    return fmt::format("  one:\n    model: gpt-5-mini{}  two:\n    provider: strong\n    model: claude-haiku-4-5\n"
                       "    params: {{max_tokens: 100}}{}",
                       topic_task, topic_task);
}

/// Two simulators: `cheap` speaks OpenAI's protocol, `strong` another's. Where all answers are invalid, those to
/// requests with feedback are not.
struct services_fixture : pipeline_fixture {
    explicit services_fixture(int records, const std::string &invalid_rate = "0",
                              const std::string &invalid_rate_of_strong = "0")
        : pipeline_fixture{{.records = records,
                            .simulator = {"--latency", "50ms", "--invalid-rate", invalid_rate, "--invalid-results",
                                          "99"}}},
          strong{{"--latency", "50ms", "--invalid-rate", invalid_rate_of_strong, "--invalid-results", "99"}} {}

    void write(const std::string &tasks, const std::string &cheap = {}, const std::string &more = {}) {
        files().write("pipeline.yaml", fmt::format(R"(pipeline: notes
source: {{csv: records.csv, key: id}}
providers:
  cheap: {{name: openai, base_url: "{}", api_key: {{env: TEST_KEY}}{}}}
  strong: {{name: anthropic, base_url: "{}", api_key: {{env: TEST_KEY}}}}
provider: cheap
timing: {{send_window: 2s, list_grace: 500ms, missing_wait: 400ms, lease: 5s, queue_full_hold: 300ms}}
tasks:
{}
{})",
                                                   simulator().url(), cheap, strong.url("anthropic"), tasks, more));
    }
    [[nodiscard]] json strong_counters() const { return json::parse(strong.ask("/sim/counters", {})); }
    std::string rung(int n, const std::string &columns) {
        return sql(fmt::format("SELECT concat_ws(' ', {}) FROM smelt.rungs WHERE rung = {}", columns, n));
    }

    sim_server strong;
};

} // namespace

TEST_CASE("two tasks ask two services, each with an account, a listing and files of its own") {
    services_fixture f{6};
    f.write(tasks_of_both());
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 6);
    CHECK(f.strong_counters()["requests_billed"] == 6);
    CHECK(f.sql("SELECT string_agg(provider || ':' || accepted, ' ' ORDER BY task) FROM smelt.batches") ==
          "openai:6 anthropic:6");
    CHECK(f.sql("SELECT count(*) FROM smelt.pipeline_account WHERE key_fingerprint <> ''") == "2");
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
}

TEST_CASE("an account that is refused stops its tasks only") {
    services_fixture f{4};
    f.write(tasks_of_both());
    f.fault(R"({"on":"create","status":401,"count":100})");
    const auto refused = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    INFO(refused.out << refused.err);
    CHECK(refused.status == 4);
    CHECK(f.sql("SELECT string_agg(task || ':' || extracted, ' ' ORDER BY task) FROM smelt.status") == "one:0 two:4");
    CHECK(f.sql("SELECT count(*) FROM smelt.status WHERE hold IS NOT NULL") == "1");
    CHECK(f.sql("SELECT hold IS NOT NULL FROM smelt.status WHERE task = 'one'") == "t");
    f.forget_faults();
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT sum(extracted) FROM smelt.status") == "8");
}

TEST_CASE("invalid answers climb to another service and dialect, with both ledgers in balance") {
    services_fixture f{12, "1"};
    f.write(fmt::format("  t:\n    model: gpt-5-mini\n    params: {{max_completion_tokens: 500}}{}"
                        "    retry:\n      attempts: 2\n      backoff: 50ms\n      feedback: false\n      truncated: "
                        "same\n      escalate:\n"
                        "        - {{model: gpt-5, attempts: 1}}\n"
                        "        - {{model: claude-sonnet-5-5, provider: strong, params: {{max_tokens: 500}}}}\n",
                        topic_task));
    f.run_to_end();
    CHECK(f.rung(0, "provider, model, requests, accepted, rejected") == "openai gpt-5-mini 24 0 24");
    CHECK(f.rung(1, "provider, model, requests, accepted, rejected") == "openai gpt-5 12 0 12");
    CHECK(f.rung(2, "provider, model, requests, accepted, rejected") == "anthropic claude-sonnet-5-5 12 12 0");
    CHECK(f.rung(2, "accepted_share, cost_usd > 0") == "1 t");
    CHECK(f.sql("SELECT concat_ws(' ', extracted, failed_validation) FROM smelt.status") == "12 0");
    CHECK(f.sql("SELECT string_agg(DISTINCT rung || ':' || attempts, ' ') FROM smelt.items") == "2:0");
    CHECK(f.strong_counters()["duplicates"].dump() == "{}");
    f.check_promises();
}

TEST_CASE("the next rung is told what was wrong with the answer below") {
    services_fixture f{4, "1", "1"};
    f.write(
        fmt::format("  t:\n    model: gpt-5-mini{}    retry:\n      attempts: 1\n      backoff: 50ms\n"
                    "      escalate: [{{model: claude-sonnet-5-5, provider: strong, params: {{max_tokens: 500}}}}]\n",
                    topic_task));
    f.run_to_end();
    CHECK(f.rung(1, "requests, accepted") == "4 4");
}

TEST_CASE("what a rung's service refuses of the task is said before the first rung is paid for") {
    services_fixture f{2, "1"};
    f.write(fmt::format("  t:\n    model: gpt-5-mini{}    retry: {{attempts: 1, escalate: [{{model: claude-haiku-4-5, "
                        "provider: strong}}]}}\n",
                        topic_task));
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("rung 1 of its ladder") && SMELT_CONTAINS("max_tokens"));
    CHECK(f.counters()["batches_created"] == 0);
}

TEST_CASE("a ladder whose last rung fails ends the item, and retry begins at its foot") {
    services_fixture f{3, "1"};
    const auto task = fmt::format("  t:\n    model: gpt-5-mini{}    retry:\n      attempts: 1\n      backoff: 50ms\n"
                                  "      feedback: false\n      escalate: [{{model: gpt-5}}]\n",
                                  topic_task);
    f.write(task, "", "circuit_breaker: {failed: 100%}\n");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"}).status == 0);
    CHECK(f.sql("SELECT concat_ws(' ', failed_validation, retrying) FROM smelt.status") == "3 0");
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE rung = 1 AND attempts = 1") == "3");
    REQUIRE(f.smelt({"retry", "notes"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE rung = 0 AND attempts = 0 AND claimable") == "3");
}

TEST_CASE("the circuit breaker holds one rung, and the others go on") {
    services_fixture f{40, "1"};
    f.write(fmt::format("  t:\n    model: gpt-5-mini{}    retry:\n      attempts: 1\n      backoff: 50ms\n"
                        "      escalate: [{{model: claude-haiku-4-5, provider: strong, params: {{max_tokens: 99}}}}]\n",
                        topic_task),
            "", "circuit_breaker: {failed: 50%, after: 10}\nlimits: {requests_per_batch: 10, open_batches: 1}\n");
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    INFO(done.out << done.err);
    CHECK(done.status == 4);
    CHECK(f.rung(0, "requests, rejected") == "10 10");
    CHECK(f.rung(1, "requests, accepted") == "10 10");
    CHECK(f.sql("SELECT concat_ws(' ', extracted, pending) FROM smelt.status") == "10 30");
    CHECK(f.sql("SELECT rung FROM smelt.hold WHERE kind = 'circuit_breaker' AND lifted_at IS NULL") == "0");
}

TEST_CASE("an answer that was cut gets room on its model before a larger one is asked") {
    services_fixture f{4};
    f.write(
        fmt::format("  t:\n    model: gpt-4o-mini\n    params: {{max_tokens: 8000}}{}    retry:\n      attempts: 1\n"
                    "      backoff: 50ms\n      escalate: [{{model: gpt-4o, params: {{max_tokens: 9000}}}}]\n",
                    topic_task));
    f.fault(R"([{"length_lines":4},{"length_lines":4},{"length_lines":4}])");
    f.run_to_end();
    // 8000, 16000, 16384: the model gives no more, so the third goes to the next rung.
    CHECK(f.rung(0, "requests, rejected") == "12 12");
    CHECK(f.rung(1, "requests, accepted") == "4 4");
}

TEST_CASE("an exhausted item is reopened so often as it says, and no more") {
    services_fixture f{2, "1"};
    f.write(fmt::format("  t:\n    model: gpt-5-mini{}    retry: {{attempts: 1, backoff: 50ms, feedback: false, "
                        "reopen: {{after: 200ms, times: 2}}}}\n",
                        topic_task),
            "", "circuit_breaker: {failed: 100%}\n");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"}).status == 0);
    CHECK(f.counters()["requests_billed"] == 6);
    CHECK(f.sql("SELECT concat_ws(' ', failed_validation, retrying) FROM smelt.status") == "2 0");
    CHECK(f.sql("SELECT string_agg(DISTINCT reopened::text, ' ') FROM smelt.item") == "2");
}

TEST_CASE("whose rung is gone from the ladder ends without asking the lower ones again") {
    services_fixture f{3, "1"};
    const auto task = [](const std::string &ladder) {
        return fmt::format(
            "  t:\n    model: gpt-5-mini{}    retry: {{attempts: 1, backoff: 50ms, feedback: false{}}}\n", topic_task,
            ladder);
    };
    f.write(task(", escalate: [{model: claude-haiku-4-5, provider: strong, params: {max_tokens: 99}}]"));
    f.strong.fault(R"({"on":"create","status":401,"count":100})");
    f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    REQUIRE(f.sql("SELECT string_agg(DISTINCT rung::text, ' ') FROM smelt.items WHERE claimable") == "1");
    f.write(task(""));
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    CHECK(f.sql("SELECT string_agg(DISTINCT rung || ' ' || status, ',') FROM smelt.items") == "0 failed_validation");
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE rung = 0 AND sent = 3") == "1");
    REQUIRE(f.smelt({"retry", "notes"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE rung = 0 AND claimable") == "3");
}

TEST_CASE("a task with needs climbs its ladder, and a run with --wait stays for its attempts") {
    services_fixture f{3, "1"};
    const auto task = [](const std::string &retry) {
        return fmt::format("  one: {{model: gpt-5-mini, user: \"{{{{topic}}}}\"}}\n  t:\n    needs: one\n"
                           "    model: gpt-5-mini{}    retry: {{backoff: 50ms, feedback: false, {}}}\n",
                           topic_task, retry);
    };
    SECTION("in batches") {
        f.write(task("attempts: 2, escalate: [{model: gpt-5}, {model: claude-haiku-4-5, provider: strong, params: "
                     "{max_tokens: 99}}]"),
                "", "circuit_breaker: {failed: 100%}\n");
        f.run_to_end();
        CHECK(
            f.sql("SELECT string_agg(rung || ':' || requests, ' ' ORDER BY rung) FROM smelt.rungs WHERE task = 't'") ==
            "0:6 1:3 2:3");
        CHECK(f.sql("SELECT extracted FROM smelt.status WHERE task = 't'") == "3");
    }
    SECTION("of a synchronous service") {
        f.write(task("attempts: 3"), "", "circuit_breaker: {failed: 100%}\n");
        auto yaml = f.files().read("pipeline.yaml");
        yaml.replace(yaml.find("name: openai"), 12, "name: direct");
        f.files().write("pipeline.yaml", yaml);
        CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"}).status == 0);
        CHECK(f.sql("SELECT concat_ws(' ', failed_validation, waiting) FROM smelt.status WHERE task = 't'") == "3 0");
        CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE task_id = 2") == "9");
    }
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
}

TEST_CASE("who stops waiting for a rate owes nothing, and what waited was not sent") {
    services_fixture f{12};
    f.files().write("pipeline.yaml", fmt::format(R"(pipeline: notes
source: {{csv: records.csv, key: id}}
provider: {{name: direct, base_url: "{}", tokens_per_minute: 3000, concurrency: 4}}
timing: {{lease: 1s}}
tasks:
  t:
    model: m
    retry: {{deliveries: 1, backoff: 10ms}}{})",
                                                 f.simulator().url(), topic_task));
    {
        process running{f.smelt_command({"run"})};
        f.wait_until("SELECT count(*) > 0 FROM smelt.account_rate");
        std::this_thread::sleep_for(500ms);
        running.send(SIGKILL);
        running.wait();
    }
    for (int i = 0; i < 3; ++i)
        f.smelt({"run", "--timeout", "1s"});
    CHECK(f.sql("SELECT tokens_until < now() + interval '5 seconds' FROM smelt.account_rate") == "t");
    process running{f.smelt_command({"run"})};
    f.wait_until("SELECT count(*) > 0 FROM smelt.batches WHERE state = 'open'");
    CHECK(f.smelt({"cancel", "--all", "notes", "--yes"}).status == 0);
    CHECK(running.wait().status == 0);
    // The killed run had called no more sent than its four that may have been on their way.
    const auto answers = f.counters()["answers"].get<int>();
    CHECK(std::stoi(f.sql("SELECT sum(missing) + sum(accepted) FROM smelt.batch")) <= answers + 4);
}

TEST_CASE("what an account's rates allow is shared by all runs") {
    services_fixture f{24};
    f.files().write("pipeline.yaml", fmt::format(R"(pipeline: notes
source: {{csv: records.csv, key: id}}
provider: {{name: direct, base_url: "{}", requests_per_minute: 240, concurrency: 2}}
limits: {{requests_per_batch: 6}}
tasks:
  t:
    model: m{})",
                                                 f.simulator().url(), topic_task));
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    const auto begun = std::chrono::steady_clock::now();
    process one{f.smelt_command({"run"})}, other{f.smelt_command({"run"})};
    CHECK(one.wait().status == 0);
    CHECK(other.wait().status == 0);
    // A second's worth, four, may go ahead; the others one by one.
    CHECK(std::chrono::steady_clock::now() - begun >= 4s);
    f.run_to_end();
    CHECK(f.counters()["answers"] == 24);
    f.check_promises();
}
