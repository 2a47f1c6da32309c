#include "scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace smelt::config {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

template <class Number>
bool read(std::string_view text, Number &into) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && end == text.data() + text.size();
}

/// Digits, a point and an exponent only: from_chars alone would also take "inf" and "nan".
bool looks_numeric(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::any_of(text.begin(), text.end(), digit) && text.front() != 'e' && text.front() != 'E' &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return digit(c) || one_of({&c, 1}, {".", "-", "+", "e", "E"});
           });
}

} // namespace

json plain_scalar(std::string_view text) {
    if (text.empty() || one_of(text, {"~", "null", "Null", "NULL"}))
        return nullptr;
    if (one_of(text, {"true", "True", "TRUE"}))
        return true;
    if (one_of(text, {"false", "False", "FALSE"}))
        return false;
    const auto number = text.front() == '+' ? text.substr(1) : text;
    if (number.empty() || (text.front() == '+' && number.front() == '-') || !looks_numeric(number))
        return std::string{text};
    std::int64_t integer = 0;
    if (read(number, integer))
        return integer;
    std::uint64_t large = 0;
    if (read(number, large))
        return large;
    // An integer too large for 64 bits would lose digits as a double.
    const bool fractional = number.find_first_of(".eE") != std::string_view::npos;
    double real = 0.0;
    if (fractional && read(number, real) && std::isfinite(real))
        return real;
    return std::string{text};
}

} // namespace smelt::config
