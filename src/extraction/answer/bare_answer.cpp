#include "bare_answer.hpp"

#include "unwrap.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/show.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace smelt::extraction {
namespace {

using namespace json_text;

/// Digits of a number as a model writes it: no exponent, no sign but a minus.
constexpr std::size_t longest_number = 40;

bool is_number(std::string_view text) {
    if (text.starts_with('-'))
        text.remove_prefix(1);
    const auto dot = text.find('.');
    const auto digits = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    return text.size() <= longest_number && digits(text.substr(0, dot)) &&
           (dot == std::string_view::npos || digits(text.substr(dot + 1)));
}

/// JSON has no leading zeros.
std::string as_json(std::string_view number) {
    std::string out;
    if (number.starts_with('-')) {
        out = "-";
        number.remove_prefix(1);
    }
    while (number.size() > 1 && number[0] == '0' && number[1] != '.')
        number.remove_prefix(1);
    return out + std::string{number};
}

std::string shown(double value) {
    return fmt::format("{}", value);
}

std::string wanted_number(const bare_answer &expected) {
    std::string text = "a number";
    if (expected.min && expected.max)
        text += " from " + shown(*expected.min) + " to " + shown(*expected.max);
    else if (expected.min)
        text += " not below " + shown(*expected.min);
    else if (expected.max)
        text += " not above " + shown(*expected.max);
    return text + " and nothing else";
}

/// The number's digits, of "8/10" those before the slash where 10 is what it is of. Empty: it is none.
std::optional<std::string> number_in(std::string_view text, const bare_answer &expected) {
    if (const auto slash = text.find('/'); expected.of && slash != std::string_view::npos) {
        const auto whole = trim(text.substr(slash + 1));
        if (!is_number(whole) || std::strtod(std::string{whole}.c_str(), nullptr) != *expected.of)
            return std::nullopt;
        text = trim(text.substr(0, slash));
    }
    return is_number(text) ? std::optional{as_json(text)} : std::nullopt;
}

std::optional<std::string> read_number(std::string_view text, const bare_answer &expected) {
    auto number = number_in(text, expected);
    if (!number)
        return std::nullopt;
    const auto value = std::strtod(number->c_str(), nullptr);
    return value < expected.min.value_or(value) || value > expected.max.value_or(value) ? std::nullopt : number;
}

/// A label as it is written in the pipeline file. Where two differ in case alone, the answer has to be exact.
std::optional<std::string> read_label(std::string_view text, const bare_answer &expected) {
    const auto exact = std::ranges::find(expected.labels, text);
    const auto alike = [small = lower_ascii(text)](const auto &label) { return lower_ascii(label) == small; };
    const auto found = exact != expected.labels.end() ? exact : std::ranges::find_if(expected.labels, alike);
    if (found == expected.labels.end() ||
        (exact == expected.labels.end() && std::ranges::count_if(expected.labels, alike) > 1))
        return std::nullopt;
    std::string out;
    append_json_string(out, *found);
    return out;
}

std::string wanted_label(const bare_answer &expected) {
    std::string all;
    for (const auto &label : expected.labels)
        all += (all.empty() ? "" : ", ") + label;
    return "one of these and nothing else: " + all;
}

} // namespace

judgement judge_bare(std::string_view answer, const bare_answer &expected) {
    const bool numeric = expected.type == bare_answer::kind::number;
    const auto read = [&](std::string_view text) {
        return numeric ? read_number(text, expected) : read_label(text, expected);
    };
    judgement result;
    auto value = read(trim_json(answer));
    if (!value) {
        const auto inner = unwrap(answer);
        if (!inner.removed.empty())
            value = read(inner.text);
    }
    if (value) {
        result.output = std::move(*value);
        return result;
    }
    const auto text = trim_json(answer);
    result.cause = text.empty() ? cause_kind::empty : cause_kind::schema;
    result.confidence = 0.0;
    result.findings.push_back({"answer", true, 0.0,
                               "expected " + (numeric ? wanted_number(expected) : wanted_label(expected)) + ", found " +
                                   (text.empty() ? "nothing" : in_quotes(clip_utf8(text, 100)))});
    return result;
}

} // namespace smelt::extraction
