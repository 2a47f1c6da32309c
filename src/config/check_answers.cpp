#include "read.hpp"

#include "smelt/base/text.hpp"
#include "smelt/config/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <string_view>
#include <utility>

// What prompt, schema, rules and score say about one another, where they cannot all be meant.

namespace smelt::config {
namespace {

/// The expression without what stands in quotes, in small letters, words apart from signs.
std::string bare_words(const std::string &check) {
    std::string words = " ";
    bool quoted = false;
    for (const char c : lower_ascii(check)) {
        quoted = quoted != (c == '\'');
        const bool in_word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        if (!quoted && in_word)
            words += c;
        else if (!words.ends_with(' '))
            words += ' ';
        if (!quoted && c == '?')
            words += "? ";
    }
    return words + " ";
}

/// Whether the rule may hold for an answer without a member that it reads: then it is not judged here.
bool may_hold_without(const std::string &check) {
    const auto words = bare_words(check);
    constexpr std::array parts{"coalesce", "is",     "isnull",    "notnull", "or",     "not",       "case",
                               "?",        "nullif", "num_nulls", "exists",  "concat", "concat_ws", "format",
                               "greatest", "least",  "any",       "all",     "some",   "in"};
    return words.find("jsonb_") != std::string::npos || std::ranges::any_of(parts, [&](const char *part) {
               return words.find(std::string{" "} + part + " ") != std::string::npos;
           });
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
    if (!is_plain_object(output) || may_hold_without(one.check))
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
    bool is_strict = false; ///< more or less than that
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
        bounds.push_back({found[1].str().front() == '>', std::stod(found[2]), found[1].length() == 1});
    return bounds;
}

/// The keyword that says the bound in a schema, and the value that stands there.
std::pair<const char *, double> told_as(const bound &wanted, const json &property) {
    const bool is_whole = property.contains("type") && property.at("type") == "integer";
    if (wanted.is_strict && !is_whole)
        return {wanted.is_lower ? "exclusiveMinimum" : "exclusiveMaximum", wanted.value};
    const auto value = !wanted.is_strict ? wanted.value : wanted.is_lower ? wanted.value + 1 : wanted.value - 1;
    return {wanted.is_lower ? "minimum" : "maximum", value};
}

/// The model is told the schema's bounds; answers between those and the rule's are paid for and rejected.
void check_bounds(const view &at, const rule &one, const json &output) {
    if (!is_plain_object(output))
        return;
    for (const auto &[name, property] : output.at("properties").items())
        for (const auto &wanted : bounds_of(one.check, name)) {
            const char *keyword = wanted.is_lower ? "minimum" : "maximum";
            if (!property.is_object() || !property.contains(keyword) || !property.at(keyword).is_number())
                continue;
            const auto allowed = property.at(keyword).get<double>();
            const auto [better, value] = told_as(wanted, property);
            const bool is_exclusive = std::string_view{better}.starts_with("exclusive");
            if (wanted.is_lower ? allowed < value || (is_exclusive && allowed <= value)
                                : allowed > value || (is_exclusive && allowed >= value))
                at.fail(fmt::format("the rule rejects values of \"{}\" that the output schema allows ({}: {})", name,
                                    keyword, allowed),
                        fmt::format("set {}: {} in the schema, so that the model is told", better, value));
        }
}

/// The lowest confidence that the schema allows: 1 where none is read, 0 where it says nothing.
double lowest_confidence(const task_definition &d) {
    if (d.score.confidence.empty())
        return 1;
    const auto name = d.score.confidence.substr(2);
    if (!is_plain_object(d.output) || !d.output.at("properties").contains(name) || !is_required(d.output, name))
        return 0;
    const auto &property = d.output.at("properties").at(name);
    return property.is_object() && property.contains("minimum") && property.at("minimum").is_number()
               ? property.at("minimum").get<double>()
               : 0;
}

/// The highest confidence that the schema allows.
double highest_confidence(const task_definition &d) {
    if (d.score.confidence.empty())
        return 1;
    const auto name = d.score.confidence.substr(2);
    if (!is_plain_object(d.output) || !d.output.at("properties").contains(name))
        return 1;
    const auto &property = d.output.at("properties").at(name);
    return property.is_object() && property.contains("maximum") && property.at("maximum").is_number()
               ? property.at("maximum").get<double>()
               : 1;
}

/// A score is the confidence but for what soft rules and repairs take from it.
void check_review(const view &score, const task_definition &d) {
    if (!d.score.review_below)
        return;
    auto lowest = lowest_confidence(d);
    for (const auto &rule : d.rules)
        lowest -= rule.level == severity::soft ? rule.weight : 0;
    if (std::ranges::any_of(d.repair, [](const auto &step) { return step.cost > 0; }))
        lowest = 0; // a step may correct many places
    lowest = std::max(lowest, 0.0);
    constexpr double rounding = 1e-9;
    if (*d.score.review_below <= lowest + rounding)
        score.at("review_below")
            .fail(fmt::format("no score can be below it: with this confidence, these soft rules and repairs the lowest "
                              "is {}",
                              lowest),
                  "raise it, add confidence: $.MEMBER or a soft rule, or remove it");
    if (const auto highest = highest_confidence(d); *d.score.review_below > highest + rounding)
        score.at("review_below")
            .fail(fmt::format(
                      "no score can reach it, so that every answer would be doubtful: the highest confidence that "
                      "the schema allows is {}",
                      highest),
                  "lower it, or raise the maximum in the schema and the prompt");
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
