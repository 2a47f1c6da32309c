#include "smelt/base/text.hpp"
#include "smelt/cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace smelt::cli {
namespace {

struct range {
    char32_t first, last;
};

/// The blocks that terminals draw two columns wide (UAX 11: W and F), joined to whole blocks.
constexpr std::array<range, 9> wide{{{0x1100, 0x115F},
                                     {0x2E80, 0xA4CF},
                                     {0xAC00, 0xD7A3},
                                     {0xF900, 0xFAFF},
                                     {0xFE30, 0xFE6F},
                                     {0xFF00, 0xFF60},
                                     {0xFFE0, 0xFFE6},
                                     {0x1F300, 0x1FAFF},
                                     {0x20000, 0x3FFFD}}};
constexpr std::array<range, 4> nothing{{{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

template <std::size_t N>
bool within(const std::array<range, N> &ranges, char32_t c) {
    return std::ranges::any_of(ranges, [c](const range &r) { return c >= r.first && c <= r.last; });
}

std::size_t width_of(char32_t c) {
    return within(nothing, c) ? 0 : within(wide, c) ? 2 : 1;
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const auto next = first_code_point(text);
        width += width_of(next.value);
        text.remove_prefix(next.length);
    }
    return width;
}

std::string clip_to(std::string_view line, const terminal &t) {
    return t.width == 0 ? std::string{line} : clip_columns(line, t.width);
}

std::string clip_columns(std::string_view text, std::size_t width) {
    if (display_width(text) <= width)
        return std::string{text};
    if (width == 0)
        return {};
    std::size_t taken = 0, used = 0;
    while (taken < text.size()) {
        const auto next = first_code_point(text.substr(taken));
        const auto columns = width_of(next.value);
        if (used + columns > width - 1)
            break;
        used += columns;
        taken += next.length;
    }
    return std::string{text.substr(0, taken)} + "…";
}

namespace {

/// Where a line of so many columns ends: after a blank in its second half where there is one.
std::size_t line_end(std::string_view text, std::size_t width) {
    std::size_t taken = 0;
    std::size_t used = 0;
    std::size_t blank = 0;
    while (taken < text.size()) {
        const auto length = first_code_point(text.substr(taken)).length;
        used += display_width(text.substr(taken, length));
        if (used > width)
            return blank > 0 ? blank : std::max<std::size_t>(taken, 1);
        taken += length;
        if (text[taken - 1] == ' ' && used > width / 2)
            blank = taken;
    }
    return taken;
}

} // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t most) {
    std::vector<std::string> out;
    width = std::max<std::size_t>(width, 20);
    for (std::size_t at = 0; at <= text.size() && out.size() < most;) {
        const auto end = std::min(text.find('\n', at), text.size());
        // Of a line without an end only what can be shown.
        const auto shown = most == std::string_view::npos ? end - at : std::min(end - at, (most + 1) * width * 4);
        const auto line = printable(clip_utf8(text.substr(at, end - at), shown));
        std::size_t from = 0;
        do {
            const auto size = line_end(std::string_view{line}.substr(from), width);
            out.push_back(line.substr(from, size));
            from += size;
        } while (from < line.size() && out.size() < most);
        at = end + 1;
    }
    return out;
}

} // namespace smelt::cli
