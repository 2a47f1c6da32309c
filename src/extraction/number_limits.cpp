#include "decimal.hpp"
#include "json_tree.hpp"

#include <charconv>

namespace smelt::extraction {
namespace {

template <class Number>
bool fits(std::string_view text) {
    Number value{};
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

/// PostgreSQL, "Numeric Types": up to 131,072 digits before the decimal point and 16,383 after it.
bool fits_numeric(std::string_view text) {
    const decimal exact{text};
    return exact.digits_before_point() <= 131'072 && exact.digits_after_point() <= 16'383;
}

} // namespace

read_error number_problem(std::string_view number) {
    const bool integer = number.find_first_of(".eE") == std::string_view::npos;
    if (integer && (number.size() < 19 || fits<std::int64_t>(number) || fits<std::uint64_t>(number)))
        return read_error::none;
    const bool in_range = !integer && fits<double>(number);
    if (in_range && number.size() < 64)
        return read_error::none;
    if (!fits_numeric(number))
        return read_error::unstorable_number;
    if (integer)
        return read_error::huge_integer;
    return in_range ? read_error::none : read_error::huge_number;
}

} // namespace smelt::extraction
