#include "numbers.hpp"

#include "smelt/base/text.hpp"

#include <cmath>
#include <limits>

namespace smelt::provider {
namespace {

using number = std::optional<std::int64_t>;

/// Above it not every whole number has a double.
constexpr double largest_exact = 9e15;

number whole(double value) {
    if (!std::isfinite(value) || std::abs(value) > largest_exact)
        return std::nullopt;
    return std::llround(value);
}

/// A number as JSON, or Python, writes it.
number rounded(std::string_view text) {
    if (const auto exact = parsed<std::int64_t>(text))
        return exact;
    const auto value = parsed<double>(text);
    return value ? whole(*value) : std::nullopt;
}

number in_range(number value, std::int64_t least, std::int64_t most) {
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

/// Makes `total` include a part that was counted beside it.
void include(number &total, const number &part) {
    if (total && part && *part > *total)
        total = in_range(*total + *part, 0, most_counted);
}

} // namespace

number number_in(std::string_view text) {
    text = trim(text);
    const bool decimal = text.find_first_not_of("0123456789.-") == std::string_view::npos;
    return decimal ? rounded(text) : std::nullopt;
}

number integer_of(const json &object, const char *name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end())
        return std::nullopt;
    if (found->is_number_unsigned()) {
        const auto value = found->get<std::uint64_t>();
        constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
        return value <= most ? number{static_cast<std::int64_t>(value)} : std::nullopt;
    }
    if (found->is_number_integer())
        return found->get<std::int64_t>();
    if (found->is_number_float())
        return whole(found->get<double>());
    return found->is_string() ? number_in(found->get_ref<const std::string &>()) : std::nullopt;
}

number integer_of(const node &object, std::string_view name) {
    const auto *value = member(object, name);
    if (value == nullptr)
        return std::nullopt;
    if (value->is(node_kind::number))
        return rounded(value->text);
    return value->is(node_kind::string) ? number_in(value->text) : std::nullopt;
}

number count_of(const json &object, const char *name) {
    return in_range(integer_of(object, name), 0, most_counted);
}

number count_of(const node &object, std::string_view name) {
    return in_range(integer_of(object, name), 0, most_counted);
}

number count_or_zero(const node &object, std::string_view name) {
    return member(object, name) == nullptr ? number{0} : count_of(object, name);
}

number count_or_zero(const json &object, const char *name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    const bool absent = !object.is_object() || found == object.end() || found->is_null();
    return absent ? number{0} : count_of(object, name);
}

number line_number_of(const json &object, const char *name) {
    return in_range(integer_of(object, name), 1, most_counted);
}

usage usage_of(told_usage told) {
    include(told.input, told.cached);
    include(told.output, told.reasoning);
    usage out;
    out.known = told.input && told.cached && told.output && told.reasoning;
    out.input = told.input.value_or(0);
    out.cached = told.input ? told.cached.value_or(0) : 0;
    out.output = told.output.value_or(0);
    out.reasoning = told.output ? told.reasoning.value_or(0) : 0;
    out.written = std::clamp<std::int64_t>(told.written, 0, out.input - out.cached);
    return out;
}

} // namespace smelt::provider
