#include "hidden_key.hpp"

#include <charconv>

namespace smelt::orchestrator {
namespace {

/// Whether these are hexadecimal digits that mean the character.
bool means(std::string_view digits, char c) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return error == std::errc{} && end == digits.data() + digits.size() && value == static_cast<unsigned char>(c);
}

/// How many bytes spell the character at the beginning of the text; 0: it does not stand there.
std::size_t spelled(std::string_view text, char c) {
    if (c == '&' && text.starts_with("&amp;"))
        return 5;
    if (text.starts_with(c))
        return 1;
    if (text.size() >= 2 && text[0] == '\\' && text[1] == c && (c == '/' || c == '"' || c == '\\'))
        return 2;
    if (text.size() >= 3 && text[0] == '%' && means(text.substr(1, 2), c))
        return 3;
    if (text.size() >= 6 && text.starts_with("\\u") && means(text.substr(2, 4), c))
        return 6;
    return 0;
}

std::size_t spelled(std::string_view text, std::string_view key) {
    std::size_t at = 0;
    for (const auto c : key) {
        const auto size = spelled(text.substr(at), c);
        if (size == 0)
            return 0;
        at += size;
    }
    return at;
}

} // namespace

std::string without_key(std::string_view text, std::string_view key) {
    if (key.empty())
        return std::string{text};
    const char begins[]{key.front(), '\\', '%', '\0'};
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find_first_of(begins); at != std::string_view::npos; at = text.find_first_of(begins, at)) {
        const auto size = spelled(text.substr(at), key);
        if (size == 0) {
            ++at;
            continue;
        }
        out += text.substr(done, at - done);
        out += "***";
        at += size;
        done = at;
    }
    return out + std::string{text.substr(done)};
}

} // namespace smelt::orchestrator
