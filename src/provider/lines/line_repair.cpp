#include "line_repair.hpp"

#include <charconv>
#include <optional>

namespace smelt::provider {
namespace {

/// The code unit of "\uXXXX" at `at`, if that is what stands there.
std::optional<unsigned> escaped_unit(std::string_view line, std::size_t at) {
    if (at + 6 > line.size() || line[at] != '\\' || line[at + 1] != 'u')
        return std::nullopt;
    unsigned value = 0;
    const auto *first = line.data() + at + 2;
    const auto [end, error] = std::from_chars(first, first + 4, value, 16);
    if (error != std::errc{} || end != first + 4)
        return std::nullopt;
    return value;
}

bool is_high(unsigned unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(unsigned unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

} // namespace

std::string replace_lone_surrogates(std::string_view line) {
    std::string out;
    out.reserve(line.size());
    for (std::size_t i = 0; i < line.size();) {
        if (line[i] != '\\') {
            out += line[i++];
            continue;
        }
        const auto unit = escaped_unit(line, i);
        const auto next = unit && is_high(*unit) ? escaped_unit(line, i + 6) : std::nullopt;
        const bool pair = next && is_low(*next);
        const bool lone = unit && !pair && (is_high(*unit) || is_low(*unit));
        const std::size_t length = std::min<std::size_t>(pair ? 12 : unit ? 6 : 2, line.size() - i);
        out += lone ? std::string_view{"\\ufffd"} : line.substr(i, length);
        i += length;
    }
    return out;
}

std::string scan_custom_id(std::string_view line, std::string_view name) {
    const auto quoted = '"' + std::string{name} + '"';
    const auto found = line.find(quoted);
    if (found == std::string_view::npos)
        return {};
    auto rest = line.substr(found + quoted.size());
    const auto skip = [&rest](char wanted) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        const bool there = rest.starts_with(wanted);
        rest.remove_prefix(there ? 1 : 0);
        return there;
    };
    if (!skip(':') || !skip('"'))
        return {};
    // Only what we ever write as an id; anything else would need the parser that has just failed.
    const auto end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (end > 64 || rest[end] != '"')
        return {};
    return std::string{rest.substr(0, end)};
}

} // namespace smelt::provider
