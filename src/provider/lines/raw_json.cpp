#include "raw_json.hpp"

#include <algorithm>

namespace smelt::provider {
namespace {

void skip_blanks(std::string_view &text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Where the string that begins with the quote at `at` ends, behind its quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        at += text[at] == '\\' ? 1 : 0;
    return std::min(at + 1, text.size());
}

/// Takes the value at the front.
std::string_view take_value(std::string_view &text) {
    skip_blanks(text);
    int depth = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        const bool closes = c == ']' || c == '}';
        if (depth == 0 && (closes || c == ',' || c == ':'))
            break;
        depth += c == '[' || c == '{' ? 1 : closes ? -1 : 0;
        at = c == '"' ? end_of_string(text, at) : at + 1;
        if (depth == 0 && (closes || c == '"'))
            break;
    }
    auto value = text.substr(0, at);
    text.remove_prefix(at);
    skip_blanks(text);
    return value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
}

/// Takes one character if it is the wanted one.
bool take(std::string_view &text, char wanted) {
    skip_blanks(text);
    const bool there = text.starts_with(wanted);
    text.remove_prefix(there ? 1 : 0);
    return there;
}

} // namespace

std::string_view raw_member(std::string_view object, std::string_view name) {
    if (!take(object, '{'))
        return {};
    do {
        const auto key = take_value(object);
        if (!take(object, ':'))
            return {};
        const auto value = take_value(object);
        if (key.size() == name.size() + 2 && key.substr(1, name.size()) == name)
            return value;
    } while (take(object, ','));
    return {};
}

std::string_view raw_element(std::string_view array, std::size_t index) {
    if (!take(array, '['))
        return {};
    for (std::size_t i = 0;; ++i) {
        const auto value = take_value(array);
        if (i == index)
            return value;
        if (!take(array, ','))
            return {};
    }
}

} // namespace smelt::provider
