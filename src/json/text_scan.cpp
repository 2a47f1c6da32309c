#include "smelt/json/text_scan.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace smelt::json_text {
namespace {

// Eight bytes at a time: in text nearly every byte is ordinary, and a look at each alone costs half of the time of a
// load.
constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t highs = 0x8080808080808080U;

std::uint64_t load(const char *from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

/// Non-zero when some byte of the word is zero. It may also mark a byte above a zero one, so it only says "look
/// closer".
constexpr std::uint64_t has_zero(std::uint64_t word) {
    return (word - ones) & ~word & highs;
}

constexpr std::uint64_t has_special(std::uint64_t word) {
    const std::uint64_t below_blank = (word - ones * 0x20) & ~word & highs;
    return below_blank | has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\'));
}

constexpr bool is_special(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

std::size_t find_non_ascii(std::string_view text, std::size_t at) {
    while (at + 8 <= text.size() && (load(text.data() + at) & highs) == 0)
        at += 8;
    while (at < text.size() && is_ascii(text[at]))
        ++at;
    return at;
}

} // namespace

std::size_t find_special(std::string_view text, std::size_t from) {
    while (from + 8 <= text.size() && has_special(load(text.data() + from)) == 0)
        from += 8;
    while (from < text.size() && !is_special(text[from]))
        ++from;
    return from;
}

std::size_t find_unstorable(std::string_view text) {
    const auto *nul = static_cast<const char *>(std::memchr(text.data(), 0, text.size()));
    const auto first_nul = nul ? static_cast<std::size_t>(nul - text.data()) : std::string_view::npos;
    // A sequence of several bytes has no ASCII byte in it, so each run of other bytes can be judged alone.
    for (auto at = find_non_ascii(text, 0); at < text.size(); at = find_non_ascii(text, at)) {
        const auto begin = at;
        while (at < text.size() && !is_ascii(text[at]))
            ++at;
        const auto bad = invalid_utf8_at(text.substr(begin, at - begin));
        if (bad != std::string_view::npos)
            return std::min(begin + bad, first_nul);
    }
    return first_nul;
}

} // namespace smelt::json_text
