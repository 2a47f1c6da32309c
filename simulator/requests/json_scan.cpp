#include "json_scan.hpp"

#include <cstdint>
#include <cstring>

namespace smelt::sim {
namespace {

// Deeper than any request; the recursion below must not meet the end of the stack.
constexpr int max_depth = 512;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// True when one of eight bytes is a quote, a backslash or below 0x20 (the classic zero-byte test, three times).
bool has_special(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    constexpr std::uint64_t highs = 0x8080808080808080ULL;
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t slash = word ^ (ones * '\\');
    const std::uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20) & ~word);
    return (found & highs) != 0;
}

} // namespace

void json_scan::space() {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\r' || *p_ == '\n'))
        ++p_;
}

bool json_scan::take(char c) {
    space();
    if (p_ == end_ || *p_ != c)
        return false;
    ++p_;
    return true;
}

char json_scan::peek() {
    space();
    return p_ == end_ ? '\0' : *p_;
}

bool json_scan::at_end() {
    space();
    return p_ == end_;
}

bool json_scan::string(std::string_view &out) {
    if (p_ == end_ || *p_ != '"')
        return false;
    const char *begin = ++p_;
    for (;;) {
        std::uint64_t word = 0;
        while (end_ - p_ >= 8) {
            std::memcpy(&word, p_, 8);
            if (has_special(word))
                break;
            p_ += 8;
        }
        while (p_ < end_ && *p_ != '"' && *p_ != '\\' && static_cast<unsigned char>(*p_) >= 0x20)
            ++p_;
        if (p_ == end_ || static_cast<unsigned char>(*p_) < 0x20)
            return false;
        if (*p_ == '"') {
            out = {begin, static_cast<std::size_t>(p_ - begin)};
            ++p_;
            return true;
        }
        if (end_ - p_ < 2)
            return false;
        if (p_[1] == 'u') {
            if (end_ - p_ < 6 || !is_hex(p_[2]) || !is_hex(p_[3]) || !is_hex(p_[4]) || !is_hex(p_[5]))
                return false;
            p_ += 6;
        } else if (p_[1] != '\0' && std::strchr("\"\\/bfnrt", p_[1]) != nullptr) {
            p_ += 2;
        } else {
            return false;
        }
    }
}

bool json_scan::value(std::string_view &out) {
    space();
    const char *begin = p_;
    if (!skip(0))
        return false;
    out = {begin, static_cast<std::size_t>(p_ - begin)};
    return true;
}

bool json_scan::skip(int depth) {
    space();
    if (p_ == end_ || depth > max_depth)
        return false;
    std::string_view ignored;
    switch (*p_) {
    case '"':
        return string(ignored);
    case '{':
        return object([&](std::string_view) { return skip(depth + 1); });
    case '[':
        return array([&] { return skip(depth + 1); });
    case 't':
        return literal("true");
    case 'f':
        return literal("false");
    case 'n':
        return literal("null");
    default:
        return number();
    }
}

bool json_scan::literal(std::string_view word) {
    if (!std::string_view{p_, static_cast<std::size_t>(end_ - p_)}.starts_with(word))
        return false;
    p_ += word.size();
    return true;
}

bool json_scan::digits() {
    const char *begin = p_;
    while (p_ < end_ && is_digit(*p_))
        ++p_;
    return p_ > begin;
}

bool json_scan::number() {
    if (p_ < end_ && *p_ == '-')
        ++p_;
    const bool leading_zero = p_ < end_ && *p_ == '0';
    const char *begin = p_;
    if (!digits() || (leading_zero && p_ - begin > 1))
        return false;
    if (p_ < end_ && *p_ == '.') {
        ++p_;
        if (!digits())
            return false;
    }
    if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
        ++p_;
        if (p_ < end_ && (*p_ == '+' || *p_ == '-'))
            ++p_;
        return digits();
    }
    return true;
}

} // namespace smelt::sim
