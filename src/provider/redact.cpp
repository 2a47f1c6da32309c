#include "redact.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::provider {
namespace {

/// Shorter parts of a key are words of the language.
constexpr std::size_t shortest_part = 8;
constexpr std::size_t shortest_key = 4;
constexpr std::string_view stars = "***";

void replace_all(std::string &text, std::string_view what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + stars.size()))
        text.replace(at, what.size(), stars);
}

/// Services quote the first or the last characters of a key that they refuse, and clipped texts end within it.
void hide_beginnings(std::string &text, std::string_view key) {
    const auto start = key.substr(0, shortest_part);
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + stars.size())) {
        const auto [of_text, of_key] =
            std::mismatch(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), key.begin(), key.end());
        text.replace(at, static_cast<std::size_t>(of_key - key.begin()), stars);
    }
}

void hide_ends(std::string &text, std::string_view key) {
    const auto end = key.substr(key.size() - shortest_part);
    for (auto at = text.find(end); at != std::string::npos; at = text.find(end, at + 1)) {
        std::size_t more = 0;
        while (more < at && more + shortest_part < key.size() &&
               text[at - more - 1] == key[key.size() - shortest_part - more - 1])
            ++more;
        at -= more;
        text.replace(at, shortest_part + more, stars);
    }
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Where a run of letters, digits and `others` ends.
std::size_t end_of_token(std::string_view text, std::size_t from, std::string_view others) {
    while (from < text.size() && (is_word(text[from]) || others.find(text[from]) != std::string_view::npos))
        ++from;
    return from;
}

/// "Incorrect API key provided: sk-abc***xyz": the half that is shown is still half a secret.
void hide_named_keys(std::string &text) {
    for (auto at = text.find("sk-"); at != std::string::npos; at = text.find("sk-", at + 6)) {
        if (at > 0 && is_word(text[at - 1]))
            continue;
        const auto end = end_of_token(text, at, "_*-");
        text.replace(at, end - at, "sk-***");
    }
}

/// A word of the language may follow "Bearer", too: keys are longer or hold digits.
void hide_bearers(std::string &text) {
    constexpr std::string_view word = "bearer ";
    constexpr std::size_t longest_word = 20;
    const auto lower = [&] { return lower_ascii(text); };
    auto folded = lower();
    for (auto at = folded.find(word); at != std::string::npos; at = folded.find(word, at + word.size())) {
        const auto begin = std::min(text.find_first_not_of(' ', at + word.size()), text.size());
        const auto token = text.substr(begin, end_of_token(text, begin, "_*-.~+/=") - begin);
        const bool has_digit = token.find_first_of("0123456789") != std::string::npos;
        if (token.size() > longest_word || (token.size() >= shortest_part && has_digit)) {
            text.replace(begin, token.size(), stars);
            folded = lower();
        }
    }
}

} // namespace

std::string text_guard::clean(std::string_view text) const {
    std::string out{text};
    if (api_key_.size() >= shortest_key)
        replace_all(out, api_key_);
    if (api_key_.size() >= shortest_part) {
        hide_beginnings(out, api_key_);
        hide_ends(out, api_key_);
    }
    hide_named_keys(out);
    hide_bearers(out);
    return printable(out);
}

std::string text_guard::clean_id(std::string_view text) const {
    std::string out{text};
    if (api_key_.size() >= shortest_part)
        replace_all(out, api_key_);
    return printable(out);
}

} // namespace smelt::provider
