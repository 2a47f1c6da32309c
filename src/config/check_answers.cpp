#include "read.hpp"

#include "smelt/base/text.hpp"
#include "smelt/config/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <regex>

// What prompt, schema, rules and score say about one another, where they cannot all be meant.

namespace smelt::config {
namespace {

/// Whether the rule says itself what becomes of an absent member.
bool handles_null(const std::string &check) {
    const auto text = lower_ascii(check);
    const auto has = [&](const char *part) { return text.find(part) != std::string::npos; };
    return has("coalesce") || has(" is ") || has("?") || has("nullif") || has("num_nulls") || has("case ") ||
           has("jsonb_path") || has("exists");
}

/// Plain properties: what alternatives and references say is not followed.
bool is_plain_object(const json &schema) {
    return schema.is_object() && schema.contains("properties") && schema.at("properties").is_object() &&
           !schema.contains("anyOf") && !schema.contains("oneOf") && !schema.contains("allOf") &&
           !schema.contains("$ref") && !schema.contains("if");
}

bool is_required(const json &schema, const std::string &name) {
    const auto &required = schema.contains("required") ? schema.at("required") : json::array();
    return required.is_array() && std::ranges::find(required, json(name)) != required.end();
}

/// Null counts as failed: an answer without the member would be paid for and rejected.
void check_required(const view &at, const rule &one, const json &output) {
    if (!is_plain_object(output) || handles_null(one.check))
        return;
    for (const auto &path : members_of(one.check, "output"))
        if (!path.empty() && output.at("properties").contains(path.front()) && !is_required(output, path.front()))
            at.fail("the hard rule reads \"" + path.front() +
                        "\", which the output schema does not require: every answer without it would be rejected",
                    "add it to `required`, or say what holds without it: coalesce(..., true)");
}

struct bound {
    bool is_lower;
    double value;
};

/// Bounds that a rule sets for one member of the output, where it does nothing else with it.
std::vector<bound> bounds_of(const std::string &check, const std::string &name) {
    constexpr std::size_t longest = 200; // std::regex recurses once per character
    const auto is_simple = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (check.size() > longest || !std::ranges::all_of(name, is_simple))
        return {};
    static const std::string number = R"(\s*(-?[0-9]+(?:\.[0-9]+)?))";
    const auto member = R"(^\s*\(?\s*output\s*->>?\s*')" + name + R"('\s*\)?\s*(?:::\s*[a-z0-9_ ]+)?)";
    std::smatch found;
    std::vector<bound> bounds;
    if (std::regex_match(
            check, found,
            std::regex{member + R"(\s+between)" + number + R"(\s+and)" + number + R"(\s*$)", std::regex::icase}))
        return {{true, std::stod(found[1])}, {false, std::stod(found[2])}};
    if (std::regex_match(check, found,
                         std::regex{member + R"(\s*(>=|<=|>|<))" + number + R"(\s*$)", std::regex::icase}))
        bounds.push_back({found[1].str().front() == '>', std::stod(found[2])});
    return bounds;
}

/// The model is told the schema's bounds; answers between those and the rule's are paid for and rejected.
void check_bounds(const view &at, const rule &one, const json &output) {
    if (!is_plain_object(output))
        return;
    for (const auto &[name, property] : output.at("properties").items())
        for (const auto &[is_lower, value] : bounds_of(one.check, name)) {
            const char *keyword = is_lower ? "minimum" : "maximum";
            if (!property.is_object() || !property.contains(keyword) || !property.at(keyword).is_number())
                continue;
            const auto told = property.at(keyword).get<double>();
            if (is_lower ? told < value : told > value)
                at.fail(fmt::format("the rule wants \"{}\" to be {} {}, and the output schema allows {}", name,
                                    is_lower ? "at least" : "at most", value, told),
                        fmt::format("set {}: {} in the schema, so that the model is told", keyword, value));
        }
}

/// Without a confidence the score is 1 but for what rules and repairs take from it.
void check_review(const view &score, const task_definition &d) {
    if (!d.score.review_below)
        return;
    const auto costs = [](const auto &one) { return one.cost > 0; };
    const auto is_soft = [](const rule &one) { return one.level == severity::soft; };
    const bool varies =
        !d.score.confidence.empty() || std::ranges::any_of(d.rules, is_soft) || std::ranges::any_of(d.repair, costs);
    if (*d.score.review_below <= 0 || !varies)
        score.at("review_below")
            .fail(*d.score.review_below <= 0 ? "no score is below 0"
                                             : "no score can be below it: without confidence, soft rules and repairs "
                                               "that cost every score is 1",
                  "add confidence: $.MEMBER or a soft rule, or remove it");
}

} // namespace

void check_answers(const view &task, const task_definition &definition) {
    const auto rules = task.at("rules").elements();
    for (std::size_t i = 0; i < definition.rules.size(); ++i) {
        const auto &one = definition.rules[i];
        if (one.level != severity::hard)
            continue;
        const auto at = rules[i].at("check");
        check_required(at, one, definition.output);
        check_bounds(at, one, definition.output);
    }
    check_review(task.at("score"), definition);
}

} // namespace smelt::config
