#include "smelt/base/time.hpp"

#include <charconv>

namespace smelt {
namespace {

/// Takes exactly `digits` digits from the front.
std::optional<int> take_number(std::string_view &text, std::size_t digits) {
    if (text.size() < digits || text.substr(0, digits).find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view &text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::microseconds> take_fraction(std::string_view &text) {
    std::chrono::microseconds out{0};
    if (!take(text, "."))
        return out;
    std::int64_t unit = 100'000;
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0)
        return std::nullopt;
    for (const char c : text.substr(0, digits)) {
        out += std::chrono::microseconds{(c - '0') * unit};
        unit /= 10;
    }
    text.remove_prefix(digits);
    return out;
}

std::optional<std::chrono::minutes> take_offset(std::string_view &text) {
    if (take(text, "Zz"))
        return std::chrono::minutes{0};
    const bool west = text.starts_with('-');
    if (!take(text, "+-"))
        return std::nullopt;
    const auto hours = take_number(text, 2);
    const bool colon = take(text, ":");
    const auto minutes = take_number(text, 2);
    if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    const std::chrono::minutes offset{*hours * 60 + *minutes};
    return west ? -offset : offset;
}

} // namespace

std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    const auto y = take_number(text, 4);
    const bool dash = take(text, "-");
    const auto mo = take_number(text, 2);
    const bool dash_too = take(text, "-");
    const auto d = take_number(text, 2);
    const bool t = take(text, "Tt ");
    const auto h = take_number(text, 2);
    const bool colon = take(text, ":");
    const auto mi = take_number(text, 2);
    const bool colon_too = take(text, ":");
    const auto s = take_number(text, 2);
    if (!y || !dash || !mo || !dash_too || !d || !t || !h || !colon || !mi || !colon_too || !s)
        return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = take_offset(text);
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    // The clock's 64 bits of nanoseconds hold 1678 to 2261.
    const bool in_reach = *y >= 1700 && *y <= 2200;
    const bool sound = date.ok() && in_reach && *h < 24 && *mi < 60 && *s <= 60;
    if (!fraction || !offset || !text.empty() || !sound)
        return std::nullopt;
    return sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + *fraction - *offset;
}

} // namespace smelt
