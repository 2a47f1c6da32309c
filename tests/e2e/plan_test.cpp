#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <cmath>

using namespace smelt;
using namespace smelt::test;

namespace {

json plan_of(const pipeline_fixture &f, const std::vector<std::string> &more = {}) {
    std::vector<std::string> arguments{"plan", "pipeline.yaml", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = f.smelt(arguments);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return json::parse(done.out);
}

double sum_of(const json &plan, const char *key) {
    double sum = 0;
    for (const auto &task : plan)
        sum += task[key].get<double>();
    return sum;
}

double billed(pipeline_fixture &f) {
    return std::stod(f.sql("SELECT sum(cost_picousd) / 1e12 FROM smelt.batch"));
}

/// Summaries of what the first task has extracted, unless it is of an even year.
std::string task_and_dependent() {
    return std::string{pipeline_fixture::default_task} + R"(    params: {max_completion_tokens: 200}
  sum_up:
    model: gpt-5-nano
    needs: [extract]
    when: "(tasks->'extract'->>'year')::int % 2 = 1"
    user: "Sum up {{tasks.extract.title}}: {{note}}"
    params: {max_completion_tokens: 200}
    output: {type: object, required: [title], properties: {title: {type: string}}}
    retry: {attempts: 4, backoff: 50ms}
)";
}

} // namespace

TEST_CASE("before there are answers a plan knows what the input costs and what all may cost at most") {
    pipeline_fixture f{{.records = 100, .task = task_and_dependent()}};
    const auto plan = plan_of(f);
    REQUIRE(plan.size() == 2);
    CHECK(plan[0]["claimable"] == 100);
    CHECK(plan[0]["is_input_only"] == true);
    CHECK(plan[0]["output_tokens"].is_null());
    CHECK(plan[0]["seconds"].is_null());
    CHECK(plan[1]["may_follow"] == 100);
    CHECK(plan[1]["follow"].is_null());
    const auto done = f.smelt({"plan"});
    CHECK_THAT(done.out, SMELT_CONTAINS("for the input alone") && SMELT_CONTAINS("up to 100 items, waiting"));
    f.run_to_end();
    CHECK(plan[0]["expected_usd"] < billed(f));
    CHECK(plan[0]["at_most_usd"] > billed(f));
}

TEST_CASE(
    "after a first batch the expected cost of a graph is within a tenth of what is billed, and its requests, too") {
    pipeline_fixture f{
        {.records = 600, .simulator = {"--latency", "100ms", "--invalid-rate", "0.2"}, .task = task_and_dependent()}};
    CHECK(f.smelt({"run", "--sample", "120", "--wait", "--poll", "100ms"}).status == 0);
    const auto before = billed(f);
    const auto requests = f.counters()["requests_billed"].get<double>();
    const auto plan = plan_of(f);
    INFO(plan.dump(1));
    CHECK(plan[0]["claimable"] == 480);
    CHECK(plan[1]["may_follow"] == 480);
    CHECK(std::abs(plan[1]["follow"].get<double>() - 240) < 60);
    CHECK(plan[0]["seconds"] > 0);
    CHECK(plan[0]["synchronous_usd"].get<double>() == Approx(2 * plan[0]["expected_usd"].get<double>()));
    f.run_to_end();
    CHECK(sum_of(plan, "expected_usd") == Approx(billed(f) - before).epsilon(0.1));
    CHECK(sum_of(plan, "requests") == Approx(f.counters()["requests_billed"].get<double>() - requests).epsilon(0.1));
    CHECK(sum_of(plan, "at_most_usd") > billed(f) - before);
    const auto nothing = f.smelt({"plan"});
    CHECK_THAT(nothing.out,
               SMELT_CONTAINS("to send    nothing") && SMELT_CONTAINS("Expected in all: $0.00; at most: $0.00"));
}

TEST_CASE("of a chain of tasks each link is told from those before it") {
    const auto chain = std::string{pipeline_fixture::default_task} + R"(    params: {max_completion_tokens: 200}
  half:
    model: gpt-5-nano
    needs: [extract]
    when: "(tasks->'extract'->>'year')::int % 2 = 1"
    user: "{{note}} {{tasks.extract.title}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
  then:
    model: gpt-5-nano
    needs: [half]
    user: "{{note}} {{tasks.half.title}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
)";
    pipeline_fixture f{{.records = 600, .task = chain}};
    CHECK(f.smelt({"run", "--sample", "150", "--wait", "--poll", "100ms"}).status == 0);
    const auto plan = plan_of(f);
    INFO(plan.dump(1));
    REQUIRE(plan.size() == 3);
    CHECK(plan[2]["follow"].get<double>() ==
          Approx(plan[1]["follow"].get<double>() + plan[1]["claimable"].get<double>()).epsilon(0.1));
    const auto paid = [&](const std::string &task) {
        return std::stod(
            f.sql("SELECT coalesce(sum(b.cost_picousd), 0) / 1e12 FROM smelt.batch AS b JOIN smelt.task AS t ON "
                  "t.id = b.task_id WHERE t.name = '" +
                  task + "'"));
    };
    const auto before = paid("then");
    f.run_to_end();
    CHECK(plan[2]["expected_usd"].get<double>() == Approx(paid("then") - before).epsilon(0.15));
}

TEST_CASE("a plan knows that too few items for a batch are the fallback's, and what is at the provider") {
    pipeline_fixture f{{.records = 20, .simulator = {"--latency", "3s", "--invalid-rate", "0"}}};
    f.add_section("fallback: {provider: {name: direct, base_url: \"" + f.simulator().url() +
                  "\"}, model: gpt-4o-mini, below: 50}");
    const auto few = plan_of(f);
    CHECK(few[0]["falls_back"] == true);
    CHECK(few[0]["model"] == "gpt-4o-mini");
    CHECK(few[0]["provider"] == "direct");
    CHECK(few[0]["synchronous_usd"].is_null());
    CHECK_THAT(f.smelt({"plan"}).out, SMELT_CONTAINS("the fallback: too few for a batch"));
    f.drop_sections();
    REQUIRE(f.smelt({"run"}).status == 0);
    CHECK(plan_of(f)[0]["in_flight"] == 20);
    CHECK_THAT(f.smelt({"plan"}).out, SMELT_CONTAINS("20 items at the provider, not in these figures"));
}

TEST_CASE("a plan says what is not known, and which records a model cannot read") {
    pipeline_fixture f{{.records = 3, .task = R"(
  one:
    model: gpt-5-super
    user: "{{note}}"
    output: {type: object}
)"}};
    const auto unknown = f.smelt({"plan"});
    CHECK(unknown.status == 0);
    CHECK_THAT(unknown.out, SMELT_CONTAINS("the price of gpt-5-super is not known; known are gpt-5-mini, gpt-5-nano"));
    f.write_pipeline(R"(
  one: {model: gpt-4o-mini, user: "{{note}}", output: {type: object}}
)");
    f.files().write("records.csv", "id,note\nshort,a\nlong,\"" + std::string(600'000, 'x') + "\"\n");
    const auto plan = plan_of(f);
    CHECK(plan[0]["too_long"] == 1);
    CHECK(plan[0]["too_long_keys"] == json{"long"});
    CHECK_THAT(f.smelt({"plan"}).out, SMELT_CONTAINS("1 record may exceed what gpt-4o-mini can read: long"));
}

TEST_CASE("a plan tells batches, filters and budgets, and that of a dry run is of that run") {
    pipeline_fixture f{
        {.records = 50,
         .extra = "prefilter: [{name: topic_three, skip_if: \"fields->>'topic' = 'topic 3'\"}]\n"
                  "limits: {requests_per_batch: 10, open_batches: 2, first_batch: 5}\n"
                  "budget: [{usd: 7, per: day}]",
         .task = std::string{pipeline_fixture::default_task} + "    params: {max_completion_tokens: 50}\n"}};
    const auto done = f.smelt({"plan"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("notes: records that filters leave out: topic_three 7.") &&
                             SMELT_CONTAINS("43 items in 5 batches, after a first one of 5, 2 at once") &&
                             SMELT_CONTAINS("Note: notes: the budget of $7.00 per day: $7.00 are left."));
    const auto dry = f.smelt({"run", "--max", "3", "--dry-run"});
    CHECK_THAT(dry.out, SMELT_CONTAINS("3 items in 1 batch") && SMELT_CONTAINS("One of the requests:") &&
                            SMELT_CONTAINS("Nothing was sent."));
    CHECK(f.sql("SELECT count(*) FROM smelt.batch") == "0");
    CHECK(f.smelt({"plan", "--task", "nobody"}).status == 1);
    CHECK(f.smelt({"plan", "nobody"}).status == 1);
}
