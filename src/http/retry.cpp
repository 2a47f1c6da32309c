#include "smelt/http/retry.hpp"

#include "smelt/base/text.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace smelt::http {
namespace {

constexpr milliseconds longest_asked{std::chrono::seconds{60}};
constexpr double first_delay_ms = 500;
constexpr double longest_delay_ms = 8000;

std::optional<std::string_view> find(const headers &fields, std::string_view name) {
    for (const auto &[key, value] : fields)
        if (key == name)
            return trim(value);
    return std::nullopt;
}

/// "1.5" with the given unit in milliseconds; far beyond any use it stays at a day's worth, so that nothing overflows.
std::optional<milliseconds> parse_number(std::string_view text, double unit_ms) {
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
        return std::nullopt;
    return milliseconds{std::llround(std::min(value * unit_ms, 86'400'000.0))};
}

template <class Int>
bool parse_digits(std::string_view text, Int &out) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size() && text.front() != '-';
}

bool worth_another_try(const failed_try &t) {
    if (t.status == 0)
        return true;
    if (t.fields != nullptr) {
        const auto word = find(*t.fields, "x-should-retry");
        if (word == "true" || word == "false")
            return word == "true";
    }
    if (t.status == 409)
        return !t.post;
    return t.status == 408 || t.status == 429 || t.status >= 500;
}

} // namespace

std::optional<milliseconds> retry_delay(const failed_try &t) {
    const bool success = t.status >= 200 && t.status < 300;
    if (!t.idempotent || success || t.tries > t.retries || !worth_another_try(t))
        return std::nullopt;
    if (t.fields != nullptr)
        if (const auto asked = retry_after(*t.fields, t.now); asked && *asked <= longest_asked)
            return asked;
    const auto whole = std::min(first_delay_ms * std::exp2(std::min(t.tries - 1, 10)), longest_delay_ms);
    return milliseconds{std::llround(whole * (1.0 - 0.25 * std::clamp(t.jitter, 0.0, 1.0)))};
}

std::optional<milliseconds> retry_after(const headers &fields, std::chrono::system_clock::time_point now) {
    if (const auto text = find(fields, "retry-after-ms"))
        if (const auto value = parse_number(*text, 1.0))
            return value;
    const auto text = find(fields, "retry-after");
    if (!text)
        return std::nullopt;
    if (const auto value = parse_number(*text, 1000.0))
        return value;
    const auto date = parse_http_date(*text);
    if (!date || *date < now)
        return std::nullopt;
    return std::chrono::ceil<milliseconds>(*date - now);
}

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    text = trim(text);
    // "Sun, 06 Nov 1994 08:49:37 GMT": every piece has its place.
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' ||
        text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT")
        return std::nullopt;
    const auto *month = std::find(months.begin(), months.end(), text.substr(8, 3));
    unsigned day = 0;
    int year = 0, hour = 0, minute = 0, second = 0;
    if (month == months.end() || !parse_digits(text.substr(5, 2), day) || !parse_digits(text.substr(12, 4), year) ||
        !parse_digits(text.substr(17, 2), hour) || !parse_digits(text.substr(20, 2), minute) ||
        !parse_digits(text.substr(23, 2), second) || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                           std::chrono::day{day}};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

std::string format_http_date(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

} // namespace smelt::http
