#include "smelt/domain/task_definition.hpp"

#include "smelt/base/hash.hpp"

#include <utility>

namespace smelt {
namespace {

const char *word(severity level) {
    return level == severity::soft ? "soft" : "hard";
}

const char *word(keep_raw raw) {
    return raw == keep_raw::all ? "all" : raw == keep_raw::none ? "none" : "failed";
}

keep_raw keep_raw_from(const std::string &text) {
    return text == "all" ? keep_raw::all : text == "none" ? keep_raw::none : keep_raw::failed;
}

json to_json(const rule &r) {
    json result = json::object();
    result["name"] = r.name;
    result["check"] = r.check;
    result["severity"] = word(r.level);
    result["weight"] = r.weight;
    result["message"] = r.message;
    return result;
}

rule rule_from_json(const json &stored) {
    rule r;
    r.name = stored.at("name").get<std::string>();
    r.check = stored.at("check").get<std::string>();
    r.level = stored.at("severity") == "soft" ? severity::soft : severity::hard;
    r.weight = stored.at("weight").get<double>();
    r.message = stored.at("message").get<std::string>();
    return r;
}

json to_json(const score_spec &s) {
    json result = json::object();
    result["confidence"] = s.confidence;
    result["review_below"] = s.review_below ? json(*s.review_below) : json(nullptr);
    return result;
}

score_spec score_from_json(const json &stored) {
    score_spec s;
    s.confidence = stored.at("confidence").get<std::string>();
    if (!stored.at("review_below").is_null())
        s.review_below = stored.at("review_below").get<double>();
    return s;
}

json to_json(const retry_spec &r) {
    json result = json::object();
    result["attempts"] = r.attempts;
    result["deliveries"] = r.deliveries;
    result["backoff_ms"] = r.backoff.count();
    result["feedback"] = r.feedback;
    if (r.truncated != when_truncated::twice)
        result["truncated"] = r.truncated == when_truncated::same ? "same" : "fail";
    return result;
}

retry_spec retry_from_json(const json &stored) {
    retry_spec r;
    r.attempts = stored.at("attempts").get<int>();
    r.deliveries = stored.at("deliveries").get<int>();
    r.backoff = std::chrono::milliseconds{stored.at("backoff_ms").get<std::int64_t>()};
    r.feedback = stored.at("feedback").get<bool>();
    const auto truncated = stored.value("truncated", "double");
    r.truncated = truncated == "same"   ? when_truncated::same
                  : truncated == "fail" ? when_truncated::fail
                                        : when_truncated::twice;
    return r;
}

json to_json(const bare_answer &a) {
    json result = json::object();
    if (a.type == bare_answer::kind::one_of) {
        result["one_of"] = a.labels;
        return result;
    }
    result["number"] = json::object();
    for (const auto &[name, value] : {std::pair{"min", a.min}, {"max", a.max}, {"of", a.of}})
        if (value)
            result["number"][name] = *value;
    return result;
}

std::optional<double> optional_number(const json &section, const char *name) {
    return section.contains(name) ? std::optional{section.at(name).get<double>()} : std::nullopt;
}

bare_answer answer_from_json(const json &stored) {
    bare_answer a;
    if (stored.contains("one_of")) {
        a.type = bare_answer::kind::one_of;
        a.labels = stored.at("one_of").get<std::vector<std::string>>();
        return a;
    }
    const auto &number = stored.at("number");
    a.type = bare_answer::kind::number;
    a.min = optional_number(number, "min");
    a.max = optional_number(number, "max");
    a.of = optional_number(number, "of");
    return a;
}

} // namespace

// The keys' order is part of the hash: it never changes, and a new key is written only when it differs from its
// default.
json to_json(const task_definition &definition) {
    json rules = json::array();
    for (const auto &r : definition.rules)
        rules.push_back(to_json(r));
    json result = json::object();
    result["name"] = definition.name;
    result["model"] = definition.model;
    result["model_override"] = definition.model_override;
    result["endpoint"] = definition.endpoint;
    result["params"] = definition.params;
    result["system"] = definition.system;
    result["user"] = definition.user;
    result["output"] = definition.output;
    result["rules"] = std::move(rules);
    result["score"] = to_json(definition.score);
    result["retry"] = to_json(definition.retry);
    result["keep_raw"] = word(definition.raw);
    if (definition.cache)
        result["cache"] = true;
    if (definition.answer.type != bare_answer::kind::text)
        result["answer"] = to_json(definition.answer);
    for (const auto &example : definition.examples)
        result["examples"].push_back({{"user", example.user}, {"assistant", example.assistant}});
    return result;
}

task_definition definition_from_json(const json &stored) {
    task_definition d;
    d.name = stored.at("name").get<std::string>();
    d.model = stored.at("model").get<std::string>();
    d.model_override = stored.at("model_override").get<bool>();
    d.endpoint = stored.at("endpoint").get<std::string>();
    d.params = stored.at("params");
    d.system = stored.at("system").get<std::string>();
    d.user = stored.at("user").get<std::string>();
    d.output = stored.at("output");
    for (const auto &r : stored.at("rules"))
        d.rules.push_back(rule_from_json(r));
    d.score = score_from_json(stored.at("score"));
    d.retry = retry_from_json(stored.at("retry"));
    d.raw = keep_raw_from(stored.at("keep_raw").get<std::string>());
    d.cache = stored.value("cache", false);
    if (stored.contains("answer"))
        d.answer = answer_from_json(stored.at("answer"));
    for (const auto &example : stored.value("examples", json::array()))
        d.examples.push_back({example.at("user").get<std::string>(), example.at("assistant").get<std::string>()});
    return d;
}

std::string definition_hash(const task_definition &definition) {
    return sha256_hex(to_json(definition).dump());
}

} // namespace smelt
