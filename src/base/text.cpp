#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace smelt {
namespace {

struct unit {
    std::string_view name;
    std::int64_t factor;
};

std::optional<std::int64_t> parse_with_unit(std::string_view text, const unit *first, const unit *last) {
    text = trim(text);
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || number < 0)
        return std::nullopt;
    const auto name = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    const auto *found = std::find_if(first, last, [&](const unit &u) { return u.name == name; });
    if (found == last || number > std::numeric_limits<std::int64_t>::max() / found->factor)
        return std::nullopt;
    return number * found->factor;
}

/// Length of the UTF-8 sequence at the front of the text, or 0 when none is there.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    const auto second = byte(1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second > 0x9F;
    const bool beyond = lead == 0xF4 && second > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_control(char32_t c) {
    const bool turns =
        c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || turns;
}

} // namespace

std::string to_base36(std::uint64_t value) {
    std::array<char, 16> digits{};
    const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), value, 36);
    return {digits.data(), end};
}

std::optional<std::uint64_t> from_base36(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, 36);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    static constexpr std::array<unit, 5> units{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
    const auto value = parse_with_unit(text, units.data(), units.data() + units.size());
    if (!value)
        return std::nullopt;
    return std::chrono::milliseconds{*value};
}

std::string format_duration(std::chrono::milliseconds value) {
    const auto ms = value.count();
    if (ms < 1000)
        return std::to_string(ms) + "ms";
    const auto s = ms / 1000;
    if (s < 60)
        return std::to_string(s) + "s";
    if (s < 3600)
        return std::to_string(s / 60) + "m" + (s % 60 ? " " + std::to_string(s % 60) + "s" : "");
    if (s < 86'400)
        return std::to_string(s / 3600) + "h" + (s % 3600 / 60 ? " " + std::to_string(s % 3600 / 60) + "m" : "");
    return std::to_string(s / 86'400) + "d" + (s % 86'400 / 3600 ? " " + std::to_string(s % 86'400 / 3600) + "h" : "");
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    static constexpr std::array<unit, 8> units{{{"", 1},
                                                {"B", 1},
                                                {"kB", 1000},
                                                {"KB", 1000},
                                                {"MB", 1'000'000},
                                                {"GB", 1'000'000'000},
                                                {"MiB", 1 << 20},
                                                {"GiB", 1 << 30}}};
    return parse_with_unit(text, units.data(), units.data() + units.size());
}

code_point first_code_point(std::string_view text) {
    const auto length = utf8_length(text);
    if (length == 0)
        return {};
    const auto lead = static_cast<unsigned char>(text[0]);
    char32_t value = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (const char next : text.substr(1, length - 1))
        value = (value << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
    return {value, length, true};
}

std::size_t invalid_utf8_at(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text.substr(at));
        if (length == 0)
            return at;
        at += length;
    }
    return std::string_view::npos;
}

std::string_view clip_utf8(std::string_view text, std::size_t max) {
    if (text.size() <= max)
        return text;
    while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80)
        --max;
    return text.substr(0, max);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto next = first_code_point(text);
        if (!next.valid)
            out += '?';
        else if (is_control(next.value))
            out += ' ';
        else
            out += text.substr(0, next.length);
        text.remove_prefix(next.length);
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (auto end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.emplace_back(text);
    return parts;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower_ascii(std::string_view text) {
    std::string out{text};
    for (auto &c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string group_digits(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::size_t sign = value < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > sign + 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

} // namespace smelt
