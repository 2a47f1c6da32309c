#include "smelt/domain/task_definition.hpp"

#include "smelt/base/hash.hpp"

#include <algorithm>
#include <array>
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
    for (const auto &rung : r.escalate)
        result["escalate"].push_back({{"model", rung.model}, {"params", rung.params}, {"attempts", rung.attempts}});
    if (r.reopen)
        result["reopen"] = {{"after_ms", r.reopen->after.count()}, {"times", r.reopen->times}};
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
    for (const auto &rung : stored.value("escalate", json::array()))
        r.escalate.push_back({rung.at("model").get<std::string>(), rung.at("params"), rung.at("attempts").get<int>()});
    if (stored.contains("reopen"))
        r.reopen = reopen_spec{std::chrono::milliseconds{stored.at("reopen").at("after_ms").get<std::int64_t>()},
                               stored.at("reopen").at("times").get<int>()};
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

json to_json(const repair_step &r) {
    json result = json::object();
    result["step"] = to_string(r.type);
    result["at"] = r.at;
    for (const auto &[from, to] : r.words)
        result["words"].push_back({from, to});
    if (!r.known.empty())
        result["known"] = r.known;
    for (const auto &[name, value] : {std::pair{"min", r.min}, {"max", r.max}, {"of", r.of}})
        if (value)
            result[name] = *value;
    result["cost"] = r.cost;
    return result;
}

constexpr std::array<std::string_view, 6> repair_names{"alias",      "clamp",         "distinct",
                                                       "keep_known", "unwrap_single", "number_from_text"};

repair_step repair_from_json(const json &stored) {
    repair_step r;
    r.type = repair_kind_of(stored.at("step").get<std::string>());
    r.at = stored.at("at").get<std::string>();
    for (const auto &pair : stored.value("words", json::array()))
        r.words.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
    r.known = stored.value("known", std::vector<json>{});
    r.min = optional_number(stored, "min");
    r.max = optional_number(stored, "max");
    r.of = optional_number(stored, "of");
    r.cost = stored.at("cost").get<double>();
    return r;
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

repair_step::kind repair_kind_of(std::string_view name) {
    std::size_t kind = 0;
    while (kind + 1 < repair_names.size() && repair_names.at(kind) != name)
        ++kind;
    return static_cast<repair_step::kind>(kind);
}

std::string_view to_string(repair_step::kind step) {
    return repair_names.at(static_cast<std::size_t>(step));
}

int rungs_of(const task_definition &definition) {
    return 1 + static_cast<int>(definition.retry.escalate.size());
}

task_definition on_rung(task_definition definition, int rung) {
    const auto ask_for = [&](const std::string &model, const json &params) {
        if (!model.empty())
            definition.model = model;
        if (!params.is_null())
            definition.params = params;
    };
    if (rung == fallback_rung && definition.fallback)
        ask_for(definition.fallback->model, definition.fallback->params);
    if (rung <= 0 || definition.retry.escalate.empty())
        return definition;
    const auto last = definition.retry.escalate.size();
    const auto &asked = definition.retry.escalate[std::min(static_cast<std::size_t>(rung), last) - 1];
    ask_for(asked.model, asked.params);
    return definition;
}

std::string rung_name(int rung) {
    return rung == fallback_rung ? "fallback" : "rung " + std::to_string(rung);
}

int attempts_on(const retry_spec &retry, int rung) {
    if (rung <= 0 || retry.escalate.empty())
        return retry.attempts;
    return retry.escalate[std::min(static_cast<std::size_t>(rung), retry.escalate.size()) - 1].attempts;
}

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
    for (const auto &step : definition.repair)
        result["repair"].push_back(to_json(step));
    if (!definition.all_fields.only.empty())
        result["all_fields"]["only"] = definition.all_fields.only;
    if (!definition.all_fields.except.empty())
        result["all_fields"]["except"] = definition.all_fields.except;
    if (definition.fallback)
        result["fallback"] = {{"model", definition.fallback->model}, {"params", definition.fallback->params}};
    for (const auto &one : definition.redact)
        result["redact"].push_back({{"fields", one.fields},
                                    {"pattern", one.pattern},
                                    {"regex", one.regex},
                                    {"as", one.as},
                                    {"restore", one.restore}});
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
    for (const auto &step : stored.value("repair", json::array()))
        d.repair.push_back(repair_from_json(step));
    const auto choice = stored.value("all_fields", json::object());
    d.all_fields.only = choice.value("only", std::vector<std::string>{});
    d.all_fields.except = choice.value("except", std::vector<std::string>{});
    if (stored.contains("fallback")) {
        const auto &asked = stored.at("fallback");
        d.fallback = fallback_model{asked.at("model").get<std::string>(), asked.at("params")};
    }
    for (const auto &one : stored.value("redact", json::array()))
        d.redact.push_back({one.at("fields").get<std::vector<std::string>>(), one.at("pattern").get<std::string>(),
                            one.at("regex").get<std::string>(), one.at("as").get<std::string>(),
                            one.at("restore").get<bool>()});
    return d;
}

std::string definition_hash(const task_definition &definition) {
    return sha256_hex(to_json(definition).dump());
}

} // namespace smelt
