#include "json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace smelt::source {
namespace {

void append_utf8(std::string &out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::uint32_t unit_at(std::string_view raw, std::size_t at) {
    std::uint32_t unit = 0;
    std::from_chars(raw.data() + at, raw.data() + at + 4, unit, 16);
    return unit;
}

/// The character of the \u escape whose digits begin at `at`; moves `at` behind it and behind its second half.
std::uint32_t code_at(std::string_view raw, std::size_t &at) {
    auto code = unit_at(raw, at);
    at += 4;
    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (unit_at(raw, at + 2) - 0xDC00);
        at += 6;
    }
    return code;
}

} // namespace

std::string decode_string(std::string_view raw) {
    constexpr std::string_view from = "bfnrt";
    constexpr std::string_view to = "\b\f\n\r\t";
    raw = raw.substr(1, raw.size() - 2);
    std::string out;
    for (std::size_t at = 0; at < raw.size();) {
        const auto backslash = std::min(raw.find('\\', at), raw.size());
        out += raw.substr(at, backslash - at);
        if (backslash == raw.size())
            break;
        const char c = raw[backslash + 1];
        at = backslash + 2;
        if (c == 'u') {
            append_utf8(out, code_at(raw, at));
            continue;
        }
        const auto special = from.find(c);
        out += special == std::string_view::npos ? c : to[special];
    }
    return out;
}

} // namespace smelt::source
