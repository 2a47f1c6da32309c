#include "catch.hpp"

#include "smelt/config/pipeline.hpp"

#include <functional>
#include <set>

using namespace smelt;
using namespace smelt::config;

namespace {

task_definition sample() {
    task_definition d;
    d.name = "extract";
    d.model = "${MODEL:-gpt-5-mini}";
    d.params = json::parse(R"({"temperature":0.2,"max_completion_tokens":600})");
    d.system = "Be exact.";
    d.user = "{{title}}";
    d.output = json::parse(R"({"type":"object","properties":{"zebra":{"type":"string"},"apple":{"type":"number"}}})");
    d.rules.push_back({"r", "true", severity::soft, 0.3, "no"});
    d.score = {"$.apple", 0.7};
    d.retry.backoff = std::chrono::seconds{90};
    d.raw = keep_raw::all;
    return d;
}

} // namespace

TEST_CASE("a stored definition comes back whole, with the same hash") {
    const auto d = sample();
    const auto stored = to_json(d);
    const auto back = definition_from_json(json::parse(stored.dump()));
    CHECK(to_json(back).dump() == stored.dump());
    CHECK(definition_hash(back) == definition_hash(d));
    CHECK(back.raw == keep_raw::all);
    CHECK(back.rules.at(0).level == severity::soft);
    CHECK(back.score.review_below == 0.7);
    CHECK(back.retry.backoff == std::chrono::seconds{90});
    CHECK(definition_hash(definition_from_json(to_json(task_definition{}))) == definition_hash(task_definition{}));
}

TEST_CASE("the output schema keeps the order of its properties") {
    const auto text = definition_from_json(to_json(sample())).output.dump();
    CHECK(text.find("zebra") < text.find("apple"));
}

TEST_CASE("everything in a definition changes its hash") {
    const std::vector<std::function<void(task_definition &)>> changes{
        [](auto &) {},
        [](auto &d) { d.name = "other"; },
        [](auto &d) { d.model = "other"; },
        [](auto &d) { d.model_override = true; },
        [](auto &d) { d.endpoint = "/v1/responses"; },
        [](auto &d) { d.params["temperature"] = 0.3; },
        [](auto &d) { d.params["temperature"] = "0.2"; },
        [](auto &d) { d.system += " "; },
        [](auto &d) { d.user += " "; },
        [](auto &d) { d.output = nullptr; },
        [](auto &d) {
            d.output["properties"] = json::parse(R"({"apple":{"type":"number"},"zebra":{"type":"string"}})");
        },
        [](auto &d) { d.rules.clear(); },
        [](auto &d) { d.rules[0].name = "s"; },
        [](auto &d) { d.rules[0].check = "false"; },
        [](auto &d) { d.rules[0].level = severity::hard; },
        [](auto &d) { d.rules[0].weight = 0.4; },
        [](auto &d) { d.rules[0].message = ""; },
        [](auto &d) { d.score.confidence = ""; },
        [](auto &d) { d.score.review_below.reset(); },
        [](auto &d) { d.retry.attempts = 9; },
        [](auto &d) { d.retry.deliveries = 9; },
        [](auto &d) { d.retry.backoff += milliseconds{1}; },
        [](auto &d) { d.retry.feedback = false; },
        [](auto &d) { d.retry.truncated = when_truncated::same; },
        [](auto &d) { d.retry.truncated = when_truncated::fail; },
        [](auto &d) { d.raw = keep_raw::none; },
        [](auto &d) { d.answer.type = bare_answer::kind::number; },
        [](auto &d) {
            d.answer = {bare_answer::kind::number, 1, 10, {}, {}};
        },
        [](auto &d) {
            d.answer = {bare_answer::kind::number, 1, 10, 10, {}};
        },
        [](auto &d) {
            d.answer = {bare_answer::kind::one_of, {}, {}, {}, {"a", "b"}};
        },
        [](auto &d) {
            d.examples = {{"question", "answer"}};
        },
    };
    std::set<std::string> hashes;
    for (const auto &change : changes) {
        auto d = sample();
        change(d);
        hashes.insert(definition_hash(d));
        CHECK(definition_hash(definition_from_json(to_json(d))) == definition_hash(d));
    }
    CHECK(hashes.size() == changes.size());
}

TEST_CASE("a definition's hash is the same for ever") {
    // Stored versions are named by it: a change here requeues every finished item of every user.
    CHECK(definition_hash(sample()) == "30584f5e52cd205cb794f109412906a6852b9b37d72576812ab52ccc0fc695e0");
}
