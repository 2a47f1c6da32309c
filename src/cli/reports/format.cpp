#include "smelt/cli/format.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace smelt::cli {

std::string rough_span(double seconds) {
    const auto s = std::max<std::int64_t>(1, std::llround(seconds));
    if (s < 90)
        return fmt::format("{} s", s);
    if (s < 90 * 60)
        return fmt::format("{} min", (s + 30) / 60);
    if (s < 36 * 3600)
        return fmt::format("{} h", (s + 1800) / 3600);
    return fmt::format("{} d", (s + 43'200) / 86'400);
}

std::string ago(std::optional<double> seconds) {
    return seconds ? rough_span(*seconds) + " ago" : "-";
}

std::string count_of(std::int64_t n, std::string_view singular) {
    const auto number = group_digits(n) + ' ';
    if (n == 1)
        return number + std::string{singular};
    if (singular.ends_with("ry") || singular.ends_with("ly"))
        return number + std::string{singular.substr(0, singular.size() - 1)} + "ies";
    return number + std::string{singular} + (singular.ends_with("ch") ? "es" : "s");
}

std::string short_number(std::int64_t value) {
    const auto size = static_cast<double>(value);
    if (value < 1000)
        return std::to_string(value);
    if (value < 999'950)
        return fmt::format("{:.1f}k", size / 1e3);
    if (value < 999'950'000)
        return fmt::format("{:.1f}M", size / 1e6);
    return fmt::format("{:.1f}G", size / 1e9);
}

std::string short_bytes(std::int64_t bytes) {
    const auto size = static_cast<double>(bytes);
    if (bytes < 1000)
        return std::to_string(bytes) + " B";
    if (bytes < 999'950)
        return fmt::format("{:.1f} kB", size / 1e3);
    if (bytes < 999'950'000)
        return fmt::format("{:.1f} MB", size / 1e6);
    return fmt::format("{:.1f} GB", size / 1e9);
}

std::string percent(std::int64_t part, std::int64_t whole) {
    if (whole <= 0)
        return "-";
    const auto rounded = std::llround(100.0 * static_cast<double>(part) / static_cast<double>(whole));
    const auto shown = part >= whole ? 100 : part <= 0 ? 0 : std::clamp<long long>(rounded, 1, 99);
    return fmt::format("{} %", shown);
}

std::string usd_text(picousd amount) {
    constexpr picousd usd = 1'000'000'000'000;
    return fmt::format("{}.{:012d}", amount / usd, amount % usd);
}

json usd_or_null(const std::optional<std::string> &value) {
    return value ? json(std::strtod(value->c_str(), nullptr)) : json(nullptr);
}

std::string money(const std::optional<std::string> &usd, bool partly_unknown) {
    if (!usd)
        return "-";
    return dollars(std::strtod(usd->c_str(), nullptr)) + (partly_unknown ? "+" : "");
}

std::vector<std::string> first_lines(std::string_view text, std::size_t lines, std::size_t bytes_per_line) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (trim(line).empty())
            continue;
        if (out.size() == lines) {
            out.emplace_back("…");
            break;
        }
        const auto shown = clip_utf8(line, bytes_per_line);
        out.push_back(printable(shown) + (shown.size() < line.size() ? "…" : ""));
    }
    return out;
}

std::string join_words(const std::vector<std::string> &words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            out += i + 1 == words.size() ? " and " : ", ";
        out += words[i];
    }
    return out;
}

json text_or_null(const std::string &text) {
    return text.empty() ? json(nullptr) : json(text);
}

json number_or_null(const std::optional<double> &value) {
    return value ? json(*value) : json(nullptr);
}

} // namespace smelt::cli
