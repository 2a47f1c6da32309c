#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

/// The fixture's task, whose answers have at most a hundred tokens: a request may cost some $0.0002 and does cost less.
std::string limited_task() {
    return std::string{pipeline_fixture::default_task} + "    params: {max_completion_tokens: 100}\n";
}

pipeline_fixture::options with_budget(const std::string &budget) {
    return {.records = 100, .extra = "budget: " + budget, .task = limited_task()};
}

/// What budgets count, in USD.
double charged(pipeline_fixture &f, const std::string &where = "true") {
    return std::stod(f.sql("SELECT coalesce(sum(smelt.charge(b)), 0) / 1e12 FROM smelt.batch AS b WHERE " + where));
}

finished run_until_idle(const pipeline_fixture &f, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"run", "--wait", "--poll", "100ms", "--timeout", "90s"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return f.smelt(arguments);
}

} // namespace

TEST_CASE("a budget in total stops a pipeline for a person, and a larger one lets it go on") {
    pipeline_fixture f{with_budget("[{usd: 0.003, per: total}]")};
    const auto stopped = run_until_idle(f);
    INFO(stopped.out << stopped.err);
    CHECK(stopped.status == 4);
    CHECK_THAT(stopped.out, SMELT_CONTAINS("the budget of $0.0030 in total is used up"));
    CHECK_THAT(stopped.out, SMELT_CONTAINS("raise it"));
    CHECK(charged(f) <= 0.003);
    CHECK(charged(f) > 0.0025);
    CHECK(f.sql("SELECT is_used_up AND spent_usd + left_usd = limit_usd AND reserved_usd = 0 FROM smelt.budgets") ==
          "t");
    CHECK(f.sql("SELECT extracted > 10 AND pending > 10 FROM smelt.status") == "t");
    const auto status = f.smelt({"status"});
    CHECK_THAT(status.out, SMELT_CONTAINS("Budget of notes: of $0.0030 in total"));
    CHECK_THAT(status.out, SMELT_CONTAINS("is not sent: the budget of $0.003 in total is used up"));
    CHECK(f.smelt({"run"}).status == 4);
    f.drop_sections();
    f.add_section("budget: [{usd: 5, per: total}]");
    f.run_to_end();
    f.check_all_done(100);
}

TEST_CASE("a budget per day ends by itself, and one per run is whole again in the next") {
    const std::string per = GENERATE("day", "invocation");
    pipeline_fixture f{with_budget("[{usd: 0.003, per: " + per + "}, {usd: 4, per: total}]")};
    const auto stopped = run_until_idle(f);
    INFO(stopped.out << stopped.err);
    CHECK(stopped.status == 0);
    CHECK_THAT(stopped.out,
               SMELT_CONTAINS(per == "day" ? "more is sent after midnight UTC" : "the next run sends more"));
    const auto first = charged(f);
    CHECK(first <= 0.003);
    if (per == "day") {
        CHECK(run_until_idle(f).status == 0);
        CHECK(charged(f) == first);
        f.execute("UPDATE smelt.batch SET created_at = created_at - interval '1 day'");
    }
    CHECK(run_until_idle(f).status == 0);
    CHECK(charged(f) > first);
    CHECK(charged(f) <= 0.006);
    CHECK(f.sql("SELECT bool_and(invocation_id IS NOT NULL) FROM smelt.batch") == "t");
}

TEST_CASE("a budget that is smaller than one request says so") {
    pipeline_fixture f{with_budget("[{usd: 0.00001, per: day}]")};
    const auto done = run_until_idle(f);
    CHECK(done.status == 4);
    CHECK_THAT(done.out, SMELT_CONTAINS("is less than a single request may cost"));
    CHECK(f.sql("SELECT count(*) FROM smelt.batch") == "0");
}

TEST_CASE("what unfinished batches have reserved is free again when they end") {
    auto o = with_budget("[{usd: 0.02, per: total}]");
    o.simulator = {"--latency", "1s", "--invalid-rate", "0"};
    o.records = 150;
    pipeline_fixture f{o};
    const auto first = f.smelt({"run"});
    INFO(first.out << first.err);
    CHECK(first.status == 0);
    CHECK_THAT(first.out, SMELT_CONTAINS("unfinished batches may cost what is left of it"));
    CHECK(f.sql("SELECT NOT is_used_up AND reserved_usd > 0.015 FROM smelt.budgets") == "t");
    f.run_to_end();
    f.check_all_done(150);
    CHECK(f.sql("SELECT count(*) >= 2 FROM smelt.batch WHERE sent > 0") == "t");
}

TEST_CASE("six runs and kills never spend more than the budgets of two pipelines and their account") {
    pipeline_fixture::options o{.records = 300,
                                .simulator = {"--latency", "150ms", "--invalid-rate", "0.3"},
                                .extra = "limits: {requests_per_batch: 20}\nbudget: [{usd: 0.01, per: day}]",
                                .task = limited_task(),
                                .provider = ", budget: [{usd: 0.015, per: total}]"};
    pipeline_fixture f{o};
    f.write_another("{csv: records.csv, key: id}");
    std::vector<std::unique_ptr<process>> runs;
    for (int i = 0; i < 6; ++i) {
        auto c = f.smelt_command({"run", i % 2 == 0 ? "pipeline.yaml" : "other.yaml", "--wait", "--poll", "50ms"});
        if (i < 2)
            c.environment["SMELT_FAILPOINTS"] = i == 0 ? "submit.after_create=kill@3" : "build.after_commit=kill@2";
        runs.push_back(std::make_unique<process>(c));
    }
    double most = 0;
    for (int i = 0; i < 40; ++i) {
        most = std::max(most, charged(f, "NOT (state = 0 AND sent = 0)"));
        std::this_thread::sleep_for(50ms);
    }
    for (auto &run : runs) {
        const auto done = run->wait();
        INFO(done.err);
        CHECK_THAT(done.err, !SMELT_CONTAINS("deadlock"));
    }
    for (const auto *file : {"pipeline.yaml", "other.yaml"}) {
        const auto done = f.smelt({"run", file, "--wait", "--poll", "100ms", "--timeout", "60s"});
        INFO(done.out << done.err);
        CHECK(done.status == 4);
    }
    CHECK(most <= 0.015);
    CHECK(charged(f) <= 0.015);
    CHECK(charged(f, "pipeline_id = 1") <= 0.01);
    CHECK(charged(f, "pipeline_id = 2") <= 0.01);
    CHECK(charged(f) > 0.0145);
    f.check_promises();
}

TEST_CASE("each task's own service keeps its account's budget") {
    pipeline_fixture f{{.records = 200, .simulator = {"--latency", "100ms", "--invalid-rate", "0.2"}}};
    const auto service = [&](const std::string &name, const std::string &budget) {
        return "  " + name + ": {name: " + name + ", base_url: \"" + f.simulator().url(name) +
               "\", api_key: {env: TEST_KEY}, budget: [{usd: " + budget + ", per: total}]}\n";
    };
    f.files().write(
        "pipeline.yaml",
        "pipeline: notes\nsource: {csv: records.csv, key: id}\nproviders:\n" + service("openai", "0.001") +
            service("mistral", "0.0006") + service("direct", "0.0004") +
            "provider: openai\ntasks:\n"
            "  a: {model: gpt-5-mini, user: \"{{note}}\", output: {type: object}, params: "
            "{max_completion_tokens: 100}, retry: {attempts: 2, escalate: [{provider: direct, model: gpt-4o-mini, "
            "params: {max_tokens: 100}}]}}\n"
            "  b: {provider: mistral, model: mistral-small-latest, user: \"{{note}}\", output: {type: object}, "
            "params: {max_tokens: 100}}\n");
    std::vector<std::unique_ptr<process>> runs;
    runs.reserve(3);
    for (int i = 0; i < 3; ++i)
        runs.push_back(
            std::make_unique<process>(f.smelt_command({"run", "--wait", "--poll", "50ms", "--timeout", "60s"})));
    for (auto &run : runs)
        CHECK(run->wait().status == 4);
    for (const auto &[name, amount] : {std::pair{"openai", 0.001}, {"mistral", 0.0006}, {"direct", 0.0004}}) {
        INFO(name);
        CHECK(charged(f, std::string{"account_id = (SELECT id FROM smelt.account WHERE provider = '"} + name + "')") <=
              amount);
    }
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
}

TEST_CASE("a synchronous service reserves slice by slice, also when it is killed") {
    auto o = with_budget("[{usd: 0.006, per: total}]");
    o.name = "direct";
    o.records = 200;
    o.provider = ", concurrency: 4";
    o.simulator = {"--answer-latency", "20ms", "--invalid-rate", "0.1"};
    pipeline_fixture f{o};
    const bool is_killed = GENERATE(false, true);
    if (is_killed) {
        process running{f.smelt_command({"run"})};
        f.wait_until("SELECT coalesce(max(dispatched), 0) > 8 FROM smelt.batch");
        running.send(SIGKILL);
        running.wait();
        CHECK(charged(f) <= 0.006);
    }
    const auto done = run_until_idle(f);
    INFO(done.out << done.err);
    CHECK(done.status == 4);
    CHECK(charged(f) <= 0.006);
    CHECK(charged(f) > 0.005);
    CHECK(f.sql("SELECT count(*) < 20 FROM smelt.batch") == "t");
    if (is_killed) {
        CHECK(f.sql("SELECT sum(missing) > 0 AND sum(unpriced) = sum(missing) FROM smelt.batch") == "t");
        CHECK(f.sql("SELECT smelt.charge(b) = reserved_picousd FROM smelt.batch AS b WHERE missing > 0") == "t");
    }
    f.check_promises();
}

TEST_CASE("without a price or a limit of tokens there is no budget, and nothing is sent") {
    const auto [task, says] = GENERATE(table<std::string, std::string>(
        {{"\n  one: {model: gpt-9-super, user: \"{{note}}\", output: {type: object}, params: {max_tokens: 9}}\n",
          "the price of gpt-9-super is not known"},
         {"\n  one: {model: mistral-small-latest, user: \"{{note}}\", output: {type: object}}\n",
          "params name no limit of the answer's tokens (from 1 to 10,000,000) and none is known for "
          "mistral-small-latest"},
         {"\n  one: {model: gpt-5-mini, user: \"{{note}}\", output: {type: object}, params: {max_tokens: 9}, "
          "retry: {escalate: [{model: unheard-of}]}}\n",
          "the price of unheard-of is not known"}}));
    auto o = with_budget("[{usd: 1, per: total}]");
    o.task = task;
    pipeline_fixture f{o};
    const auto done = f.smelt({"run"});
    INFO(done.out << done.err);
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("pipeline.yaml:"));
    CHECK_THAT(done.err, SMELT_CONTAINS(says));
    CHECK(f.sql("SELECT count(*) FROM smelt.batch") == "0");
    const auto doctor = f.smelt({"doctor", "pipeline.yaml"});
    CHECK_THAT(doctor.out, SMELT_CONTAINS(says));
}

TEST_CASE("where two files say an account's budget differently the smaller one holds, and doctor says so") {
    auto o = with_budget("[{usd: 5, per: total}]");
    o.provider = ", budget: [{usd: 0.002, per: total}]";
    pipeline_fixture f{o};
    f.write_another("{csv: records.csv, key: id}");
    auto text = f.files().read("other.yaml");
    text.replace(text.find("0.002"), 5, "0.003");
    f.files().write("other.yaml", text);
    CHECK(run_until_idle(f, {"other.yaml"}).status == 4);
    const auto done = run_until_idle(f, {"pipeline.yaml"});
    INFO(done.out << done.err);
    CHECK(done.status == 4);
    CHECK(f.sql("SELECT limit_usd::text FROM smelt.budgets WHERE account_id IS NOT NULL") == "0.002000000000");
    CHECK_THAT(f.smelt({"doctor"}).out, SMELT_CONTAINS("the files of notes, other differ, the smallest amount holds"));
    CHECK(run_until_idle(f, {"other.yaml"}).status == 4);
    CHECK(charged(f) <= 0.003);
}

TEST_CASE("a batch whose usage nobody told keeps what it had reserved") {
    pipeline_fixture f{with_budget("[{usd: 5, per: total}]")};
    f.fault(R"({"odd_usage_lines":100,"odd_usage":"missing"})");
    f.run_to_end();
    CHECK(
        f.sql("SELECT unpriced = 100 AND smelt.charge(b) = reserved_picousd AND reserved_picousd > 0 FROM smelt.batch "
              "AS b WHERE sent > 0") == "t");
    CHECK(f.sql("SELECT cost_usd IS NULL FROM smelt.batches") == "t");
}

TEST_CASE("answers that were lost on their way count as what they may have cost") {
    auto o = with_budget("[{usd: 0.003, per: total}]");
    o.name = "direct";
    o.task += "    retry: {deliveries: 30, backoff: 10ms}\n";
    o.task = std::string{R"(
  extract: {model: gpt-5-mini, user: "{{note}}", output: {type: object}, params: {max_completion_tokens: 100}, retry: {deliveries: 30, backoff: 10ms}}
)"};
    pipeline_fixture f{o};
    f.fault(R"({"on":"answer","drop_after":true,"count":100000,"probability":0.3})");
    const auto done = run_until_idle(f);
    INFO(done.out << done.err);
    CHECK(f.sql("SELECT sum(unpriced) = sum(errored) AND sum(errored) > 0 FROM smelt.batch") == "t");
    CHECK(charged(f) <= 0.003);
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE outcome = 2 AND cost_picousd IS NOT NULL") == "0");
}

TEST_CASE("a run ends when a used-up budget keeps a task from its followers") {
    auto o = with_budget("[{usd: 0.0022, per: day}]");
    o.task += "  again: {model: gpt-5-mini, needs: [extract], user: \"{{note}} {{tasks.extract.title}}\", output: "
              "{type: object}, "
              "params: {max_completion_tokens: 150}}\n";
    o.name = GENERATE("openai", "direct");
    pipeline_fixture f{o};
    const auto done = run_until_idle(f);
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("more is sent after midnight UTC") && !SMELT_CONTAINS("The time given by"));
    CHECK(f.sql("SELECT count(*) < 60 FROM smelt.batch") == "t");
    CHECK(charged(f) <= 0.0022);
}

TEST_CASE("a fallback without money leaves its items to the task's own service") {
    const std::string amount = GENERATE("0.00001, per: day", "0.0005, per: total");
    pipeline_fixture::options o{
        .records = 60, .simulator = {"--latency", "100ms", "--invalid-rate", "0.5"}, .task = limited_task()};
    pipeline_fixture f{o};
    f.add_section("fallback: {provider: {name: direct, base_url: \"" + f.simulator().url() +
                  "\", budget: [{usd: " + amount + "}]}, below: 50}");
    const auto done = run_until_idle(f);
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, !SMELT_CONTAINS("The time given by"));
    CHECK(f.sql("SELECT pending + submitted + retrying FROM smelt.status") == "0");
    CHECK(f.sql("SELECT count(*) < 40 FROM smelt.batch") == "t");
    CHECK(charged(f, "account_id = (SELECT id FROM smelt.account WHERE provider = 'direct')") <= 0.0005);
}

TEST_CASE("one request that is too dear does not keep the others from being sent") {
    pipeline_fixture f{with_budget("[{usd: 0.01, per: total}]")};
    f.files().write("records.csv", "id,title,topic,note\nhuge,\"" + std::string(300'000, 'x') +
                                       "\",t,n\na,One,t,n\nb,Two,t,n\nc,Three,t,n\n");
    const auto done = run_until_idle(f);
    INFO(done.out << done.err);
    CHECK(done.status == 4);
    CHECK_THAT(done.out, SMELT_CONTAINS("is less than a single request may cost"));
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.items WHERE status = 'extracted'") == "a b c");
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("less than a request may cost"));
    CHECK_THAT(f.smelt({"doctor"}).out, SMELT_CONTAINS("less than a request may cost"));
}

TEST_CASE("what was sent before there was a budget is waited for when nobody has said what it may cost") {
    auto o = with_budget("[{usd: 5, per: total}]");
    o.simulator = {"--latency", "3s", "--invalid-rate", "0"};
    o.extra.clear();
    o.task = "\n  t: {model: foo, user: \"{{note}}\", output: {type: object}}\n";
    o.provider = ", prices: {foo: {input: 1, output: 4}}";
    pipeline_fixture f{o};
    REQUIRE(f.smelt({"run", "--max", "50"}).status == 0);
    CHECK(f.sql("SELECT reserved_picousd IS NULL FROM smelt.batch") == "t");
    f.add_section("budget: [{usd: 5, per: total}]");
    f.write_pipeline("\n  t: {model: foo, user: \"{{note}}\", output: {type: object}, params: {max_tokens: 100}}\n");
    const auto waiting = f.smelt({"run"});
    INFO(waiting.out << waiting.err);
    CHECK_THAT(waiting.out, SMELT_CONTAINS("unfinished batches may cost what is left of it"));
    CHECK(f.sql("SELECT count(*) FROM smelt.batch") == "1");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) > 1 FROM smelt.batch") == "t");
}
