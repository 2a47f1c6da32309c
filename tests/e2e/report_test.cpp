#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

json report_of(const pipeline_fixture &f, const std::vector<std::string> &more = {}) {
    std::vector<std::string> arguments{"report", "notes", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = f.smelt(arguments);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return json::parse(done.out);
}

std::int64_t sum_of(const json &counts) {
    std::int64_t sum = 0;
    for (const auto &one : counts)
        sum += one["n"].get<std::int64_t>();
    return sum;
}

const std::string labelled = R"(
  extract:
    model: gpt-5-mini
    user: "{{note}} {{topic}}"
    params: {max_completion_tokens: 200}
    output: {type: object, required: [mood, year, tags, good], properties: {mood: {enum: [calm, loud, "<b>&\"odd\"</b>"]}, year: {type: integer, minimum: 1900, maximum: 2030}, good: {type: boolean}, tags: {type: array, minItems: 2, items: {enum: [a, b, c]}}, note: {type: string}}}
    rules:
      - {name: recent, check: "(output->>'year')::int > 1910", severity: soft, weight: 0.2, message: old}
      - {name: never_false, check: "true", severity: hard, message: impossible}
    score: {review_below: 0.9}
    retry: {attempts: 4, backoff: 50ms}
)";

} // namespace

TEST_CASE("a report has coverage, scores, distributions, tokens, cost, waste, rules and batches") {
    pipeline_fixture f{
        {.records = 200, .simulator = {"--latency", "100ms", "--invalid-rate", "0.2"}, .task = labelled}};
    f.run_to_end();
    const auto report = report_of(f);
    REQUIRE(report["tasks"].size() == 1);
    const auto &t = report["tasks"][0];
    INFO(t.dump(1));
    const auto results = f.sql("SELECT extracted FROM smelt.status");
    CHECK(t["current_results"].dump() == results);
    CHECK(t["requests"].dump() == f.counters()["requests_billed"].dump());
    CHECK(t["rejected"].dump() == f.sql("SELECT sum(rejected) FROM smelt.batches"));
    CHECK(t["cost_usd"].get<double>() == Approx(std::stod(f.sql("SELECT sum(cost_picousd) / 1e12 FROM smelt.batch"))));
    CHECK(t["wasted_usd"].get<double>() ==
          Approx(std::stod(f.sql("SELECT sum(cost_picousd) / 1e12 FROM smelt.attempt WHERE outcome <> 0"))));
    CHECK(t["synchronous_usd"].get<double>() == Approx(2 * t["cost_usd"].get<double>()));
    CHECK(t["score_min"].get<double>() == Approx(0.8));
    CHECK(t["score_max"] == 1.0);
    CHECK(t["silent_rules"] == json{"never_false"});
    CHECK(t["batches"].dump() == f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'closed'"));
    REQUIRE(t["fields"].size() == 4);
    CHECK(t["fields"][0]["field"] == "mood");
    CHECK(std::to_string(sum_of(t["fields"][0]["counts"])) == results);
    CHECK(t["fields"][1]["field"] == "year");
    CHECK(t["fields"][1]["are_ranges"] == true);
    CHECK(std::to_string(sum_of(t["fields"][1]["counts"])) == results);
    CHECK(t["fields"][3]["field"] == "tags");
    CHECK(sum_of(t["fields"][3]["counts"]) >= 2 * std::stol(results));
}

TEST_CASE("a report on paper has 80 columns, and its HTML page needs nothing and escapes what is from outside") {
    pipeline_fixture f{{.records = 60, .task = labelled}};
    f.run_to_end();
    const auto shown = f.smelt({"report", "notes", "--field", "mood,year"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, SMELT_CONTAINS("mood: 60 values") && SMELT_CONTAINS("█") &&
                              SMELT_CONTAINS("found by the rules never_false"));
    CHECK(f.smelt({"report", "notes", "--html", "report.html"}).status == 0);
    const auto page = f.files().read("report.html");
    CHECK_THAT(page, SMELT_CONTAINS("&lt;b&gt;&amp;&quot;odd&quot;&lt;/b&gt;") && SMELT_CONTAINS("<svg"));
    for (const auto *outside : {"<script", "<b>&", "http://", "https://", "src="})
        CHECK_THAT(page, !SMELT_CONTAINS(outside));
    const auto piped = f.smelt({"report", "notes", "--html", "-"});
    CHECK_THAT(piped.out, SMELT_CONTAINS("</html>"));
}

TEST_CASE("a task that the file no longer has is in the report with what it has cost") {
    pipeline_fixture f{{.records = 10,
                        .task = std::string{pipeline_fixture::default_task} +
                                "  other: {model: gpt-5-mini, user: \"{{note}}\", output: {type: object}}\n"}};
    f.run_to_end();
    f.write_pipeline(pipeline_fixture::default_task);
    f.run_to_end();
    const auto report = report_of(f);
    REQUIRE(report["tasks"].size() == 2);
    CHECK(report["tasks"][1]["active"] == false);
    CHECK(report["tasks"][0]["cost_usd"].get<double>() + report["tasks"][1]["cost_usd"].get<double>() ==
          Approx(std::stod(f.sql("SELECT sum(cost_picousd) / 1e12 FROM smelt.batch"))));
    CHECK_THAT(f.smelt({"report", "notes"}).out,
               SMELT_CONTAINS("the pipeline file no longer has this task") && SMELT_CONTAINS("Cost in all: $"));
}

TEST_CASE("a report is of the time, task and fields that are asked for, or says that there are none") {
    pipeline_fixture f{{.records = 5, .task = labelled}};
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    CHECK(report_of(f)["tasks"][0]["current_results"] == 0);
    CHECK_THAT(f.smelt({"report", "notes"}).out, SMELT_CONTAINS("0 of 5 items have a current result (0 %)"));
    f.run_to_end();
    CHECK(report_of(f, {"--since", "2999-01-01"})["tasks"][0]["accepted"] == 0);
    CHECK(report_of(f, {"--since", "2000-01-01"})["tasks"][0]["accepted"] == 5);
    CHECK(report_of(f, {"--task", "extract", "--field", "good"})["tasks"][0]["fields"].size() == 1);
    const auto wrong =
        GENERATE(std::vector<std::string>{"--field", "nobody"}, std::vector<std::string>{"--task", "nobody"},
                 std::vector<std::string>{"--since", "yesterday"}, std::vector<std::string>{"--since", "2026-13-45"},
                 std::vector<std::string>{"--field", ","}, std::vector<std::string>{"--json", "--html", "x"},
                 std::vector<std::string>{"--html", "no/such/folder/x.html"});
    std::vector<std::string> arguments{"report", "notes"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const auto refused = f.smelt(arguments);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("smelt: ") != std::string::npos);
}

TEST_CASE("a report tells what the provider's cache has saved, and the cost has what writing into it costs") {
    pipeline_fixture::options o{.records = 40, .simulator = {"--latency", "100ms", "--invalid-rate", "0"}};
    o.name = "anthropic";
    o.task = "\n  extract: {model: claude-haiku-4-5, cache: true, system: \"" + std::string(8000, 'x') +
             "\", user: \"{{note}}\", output: {type: object, required: [a], properties: {a: {type: string}}}, params: "
             "{max_tokens: 200}}\n";
    pipeline_fixture f{o};
    f.run_to_end();
    const auto t = report_of(f)["tasks"][0];
    INFO(t.dump(1));
    CHECK(t["cached_tokens"] > 0);
    // An input token from the cache costs 0.05 USD a million instead of 0.5.
    CHECK(t["cache_saved_usd"].get<double>() == Approx(t["cached_tokens"].get<double>() * 0.45 / 1e6));
    const auto plain = (t["input_tokens"].get<double>() * 0.5 + t["output_tokens"].get<double>() * 2.5) / 1e6;
    CHECK(t["cost_usd"].get<double>() > plain - t["cache_saved_usd"].get<double>());
    CHECK_THAT(f.smelt({"report", "notes"}).out,
               SMELT_CONTAINS("came from the provider's cache") && SMELT_CONTAINS("which saved"));
    f.check_promises();
}
