#pragma once

#include "members.hpp"

#include "smelt/base/json.hpp"
#include "smelt/domain/usage.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

/// Numbers that a service tells, in the ranges in which they are stored: the only place where they are converted. What
/// is no number, negative or out of range is not known, and never zero. Digits in text are a number. Pure.
namespace smelt::provider {

/// Counts of tokens and requests stand in columns of 32 bits.
inline constexpr std::int64_t most_counted = 2'147'483'647;

/// The whole text as a Number; empty when it is none, or out of range.
template <class Number>
std::optional<Number> parsed(std::string_view text) {
    Number value{};
    const auto *last = text.data() + text.size();
    const auto [end, problem] = std::from_chars(text.data(), last, value);
    return problem == std::errc{} && end == last ? std::optional{value} : std::nullopt;
}

/// A whole number written as digits, such as "42", "42.0" or "-1"; empty for any other text.
std::optional<std::int64_t> number_in(std::string_view text);

/// A whole number of any sign that fits 64 bits. A fraction is rounded.
std::optional<std::int64_t> integer_of(const json &object, const char *name);
std::optional<std::int64_t> integer_of(const node &object, std::string_view name);

/// The same from 0 to most_counted.
std::optional<std::int64_t> count_of(const json &object, const char *name);
std::optional<std::int64_t> count_of(const node &object, std::string_view name);
/// A count that services leave out when it is zero.
std::optional<std::int64_t> count_or_zero(const json &object, const char *name);
std::optional<std::int64_t> count_or_zero(const node &object, std::string_view name);

/// The line of a file, from 1 on.
std::optional<std::int64_t> line_number_of(const json &object, const char *name);

/// Tokens as a service counted them. One that is not known makes the whole unknown; what is known stays as a lower
/// bound. More cached than input tokens are counted beside the input, as some gateways do, so that input includes them
/// afterwards; the same for reasoning and output.
struct told_usage {
    std::optional<std::int64_t> input, cached, output, reasoning;
    std::int64_t written = 0; ///< of input
};
usage usage_of(told_usage told);

} // namespace smelt::provider
