#include "json_escape.hpp"

#include <array>
#include <cstdint>

namespace smelt::provider {
namespace {

/// 0: as it is; 'u': \u00XX; else the letter after the backslash (RFC 8259 section 7).
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i)
        table[i] = 'u';
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}

constexpr auto escapes = make_escapes();

void append_escape(unsigned char byte, std::string &out) {
    static constexpr char digits[] = "0123456789abcdef";
    const char letter = escapes[byte];
    out += '\\';
    out += letter;
    if (letter == 'u')
        out.append("00").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
}

} // namespace

void append_json_string(std::string_view text, std::string &out) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (escapes[byte] == 0)
            continue;
        out.append(text, done, i - done);
        append_escape(byte, out);
        done = i + 1;
    }
    out.append(text, done, text.size() - done);
    out += '"';
}

} // namespace smelt::provider
