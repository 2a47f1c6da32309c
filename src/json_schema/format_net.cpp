#include "format.hpp"

#include <algorithm>

namespace smelt::json_schema {
namespace {

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter_or_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Calls check for every piece between separators; false as soon as one fails.
template <class F>
bool all_pieces(std::string_view text, char separator, F check) {
    while (true) {
        const auto at = text.find(separator);
        if (!check(text.substr(0, at)))
            return false;
        if (at == std::string_view::npos)
            return true;
        text.remove_prefix(at + 1);
    }
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_octet(std::string_view text) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0'))
        return false;
    return std::all_of(text.begin(), text.end(), is_digit) && (text.size() < 3 || text <= "255");
}

/// Number of 16-bit groups in "a:b:c", where the last may be an IPv4 address (two groups); -1 when malformed.
int count_groups(std::string_view text, bool last_may_be_ipv4) {
    if (text.empty())
        return 0;
    int groups = 0;
    const bool fine = all_pieces(text, ':', [&](std::string_view piece) {
        const bool last = piece.data() + piece.size() == text.data() + text.size();
        if (last && last_may_be_ipv4 && piece.find('.') != std::string_view::npos) {
            groups += 2;
            return is_ipv4(piece);
        }
        ++groups;
        return !piece.empty() && piece.size() <= 4 && std::all_of(piece.begin(), piece.end(), is_hex);
    });
    return fine ? groups : -1;
}

bool is_atom(std::string_view atom) {
    constexpr std::string_view special = "!#$%&'*+-/=?^_`{|}~";
    return !atom.empty() && std::all_of(atom.begin(), atom.end(), [&](char c) {
        return is_letter_or_digit(c) || special.find(c) != std::string_view::npos;
    });
}

bool is_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"')
        return false;
    const auto inner = text.substr(1, text.size() - 2);
    for (std::size_t at = 0; at < inner.size(); ++at) {
        if (inner[at] == '"')
            return false;
        if (inner[at] == '\\' && ++at == inner.size())
            return false;
        if (inner[at] < 0x20 || inner[at] > 0x7E)
            return false;
    }
    return true;
}

bool is_address_literal(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']')
        return false;
    const auto inner = text.substr(1, text.size() - 2);
    return inner.substr(0, 5) == "IPv6:" ? is_ipv6(inner.substr(5)) : is_ipv4(inner);
}

} // namespace

bool is_email(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos)
        return false;
    const auto local = text.substr(0, at);
    const auto domain = text.substr(at + 1);
    return (is_quoted(local) || all_pieces(local, '.', is_atom)) && (is_hostname(domain) || is_address_literal(domain));
}

bool is_hostname(std::string_view text) {
    return text.size() <= 253 && all_pieces(text, '.', is_label);
}

bool is_ipv4(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') == 3 && all_pieces(text, '.', is_octet);
}

bool is_ipv6(std::string_view text) {
    const auto gap = text.find("::");
    if (gap == std::string_view::npos)
        return count_groups(text, true) == 8;
    const int before = count_groups(text.substr(0, gap), false);
    const int after = count_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after <= 7;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36)
        return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? text[at] != '-' : !is_hex(text[at]))
            return false;
    }
    return true;
}

} // namespace smelt::json_schema
