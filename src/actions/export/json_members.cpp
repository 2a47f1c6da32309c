#include "json_members.hpp"

#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

/// Index after the string literal that starts at text[at].
std::size_t after_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\')
            ++at;
    return std::min(at + 1, text.size());
}

/// Index after the value that starts at text[at]: the comma or bracket that ends it.
std::size_t after_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = after_string(text, at);
            continue;
        }
        if (c == '{' || c == '[')
            ++depth;
        else if ((c == ',' && depth == 0) || ((c == '}' || c == ']') && depth-- == 0))
            return at;
        ++at;
    }
    return at;
}

std::string unquoted(std::string_view literal) {
    if (literal.find('\\') == std::string_view::npos)
        return std::string{literal.substr(1, literal.size() - 2)};
    return json::parse(literal).get<std::string>();
}

} // namespace

void for_each_member(std::string_view object,
                     const std::function<void(const std::string &name, std::string_view value)> &each) {
    object = trim(object);
    if (!object.starts_with('{'))
        return;
    for (std::size_t at = object.find('"'); at < object.size(); at = object.find('"', at)) {
        const auto name_end = after_string(object, at);
        const auto name = object.substr(at, name_end - at);
        const auto colon = object.find(':', name_end);
        if (colon == std::string_view::npos)
            return;
        at = after_value(object, colon + 1);
        each(unquoted(name), trim(object.substr(colon + 1, at - colon - 1)));
    }
}

std::string json_cell(std::string_view value) {
    if (value == "null")
        return {};
    return value.starts_with('"') ? unquoted(value) : std::string{value};
}

} // namespace smelt::actions
