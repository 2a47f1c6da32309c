#include "smelt/json/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace smelt::json_text {
namespace {

__extension__ using wide = unsigned __int128;

std::int64_t parse_exponent(std::string_view text) {
    constexpr std::int64_t most = 1'000'000'000;
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+'))
        text.remove_prefix(1);
    std::int64_t value = most;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
        value = most;
    value = std::min(value, most);
    return negative ? -value : value;
}

std::uint64_t remainder(std::string_view digits, std::uint64_t divisor) {
    wide rest = 0;
    for (const char c : digits)
        rest = (rest * 10 + static_cast<unsigned>(c - '0')) % divisor;
    return static_cast<std::uint64_t>(rest);
}

std::uint64_t times_power_of_ten(std::uint64_t value, std::int64_t power, std::uint64_t modulus) {
    wide result = value % modulus;
    for (wide base = 10 % modulus; power > 0; power >>= 1, base = base * base % modulus)
        if (power & 1)
            result = result * base % modulus;
    return static_cast<std::uint64_t>(result);
}

std::optional<std::int64_t> short_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

decimal::decimal(std::string_view text) : negative_{!text.empty() && text.front() == '-'} {
    if (negative_)
        text.remove_prefix(1);
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        exponent_ = parse_exponent(text.substr(e + 1));
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    digits_ = text.substr(0, point);
    if (point != std::string_view::npos) {
        digits_ += text.substr(point + 1);
        exponent_ -= static_cast<std::int64_t>(text.size() - point - 1);
    }
    const auto last = digits_.find_last_not_of('0');
    exponent_ += static_cast<std::int64_t>(digits_.size() - (last + 1));
    digits_.erase(last + 1);
    digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
    if (digits_.empty()) {
        negative_ = false;
        exponent_ = 0;
    }
}

bool decimal::multiple_of(const decimal &divisor) const {
    if (zero())
        return true;
    // Neither number ends in zero, so a power of ten on the divisor's side cannot divide this one.
    if (exponent_ < divisor.exponent_)
        return false;
    std::uint64_t by = 0;
    std::from_chars(divisor.digits_.data(), divisor.digits_.data() + divisor.digits_.size(), by);
    return times_power_of_ten(remainder(digits_, by), exponent_ - divisor.exponent_, by) == 0;
}

std::int64_t decimal::digits_before_point() const {
    return std::max<std::int64_t>(static_cast<std::int64_t>(digits_.size()) + exponent_, 0);
}

std::int64_t decimal::digits_after_point() const {
    return std::max<std::int64_t>(-exponent_, 0);
}

std::string decimal::canonical() const {
    return (negative_ ? "-" : "") + digits_ + "e" + std::to_string(exponent_);
}

std::strong_ordering operator<=>(const decimal &a, const decimal &b) {
    if (a.negative_ != b.negative_)
        return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto magnitude = [](const decimal &x, const decimal &y) -> std::strong_ordering {
        if (x.zero() || y.zero())
            return static_cast<int>(!x.zero()) <=> static_cast<int>(!y.zero());
        const auto high_x = static_cast<std::int64_t>(x.digits_.size()) + x.exponent_;
        const auto high_y = static_cast<std::int64_t>(y.digits_.size()) + y.exponent_;
        if (high_x != high_y)
            return high_x <=> high_y;
        return x.digits_.compare(y.digits_) <=> 0; // no trailing zeros: a prefix is the smaller number
    };
    return a.negative_ ? magnitude(b, a) : magnitude(a, b);
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
    const auto x = short_integer(a);
    const auto y = short_integer(b);
    return x && y ? *x <=> *y : decimal{a} <=> decimal{b};
}

} // namespace smelt::json_text
