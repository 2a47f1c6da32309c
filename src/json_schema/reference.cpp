#include "smelt/json/tree.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::json_schema {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/// %41 -> A. The text stays as it is where it is not a valid escape; the lookup then finds nothing.
std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escape =
            text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
        decoded += escape ? static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2])) : text[at];
        at += escape ? 2 : 0;
    }
    return decoded;
}

std::string unescaped_token(std::string_view token) {
    std::string name;
    for (std::size_t at = 0; at < token.size(); ++at) {
        const bool escape = token[at] == '~' && at + 1 < token.size() && (token[at + 1] == '0' || token[at + 1] == '1');
        name += escape ? (token[at + 1] == '0' ? '~' : '/') : token[at];
        at += escape ? 1 : 0;
    }
    return name;
}

const json *step(const json &from, const std::string &name) {
    if (from.is_object()) {
        const auto found = from.find(name);
        return found == from.end() ? nullptr : &*found;
    }
    std::size_t index = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (!from.is_array() || ec != std::errc{} || end != name.data() + name.size() || index >= from.size())
        return nullptr;
    return &from[index];
}

} // namespace

referenced resolve_reference(const json &document, const std::string &reference, const std::string &pointer) {
    if (reference.empty() || reference.front() != '#' || (reference.size() > 1 && reference[1] != '/'))
        refuse_schema(pointer, "only references into this document by pointer can be followed, not " + reference,
                      "write \"#\" or \"#/definitions/NAME\" and put the schema there");
    const std::string path = percent_decoded(std::string_view{reference}.substr(1));
    const json *at = &document;
    for (std::size_t from = 0; from < path.size();) {
        const auto to = std::min(path.find('/', from + 1), path.size());
        at = step(*at, unescaped_token(std::string_view{path}.substr(from + 1, to - from - 1)));
        if (at == nullptr)
            refuse_schema(pointer, "nothing is at " + reference);
        from = to;
    }
    if (!at->is_object() && !at->is_boolean())
        refuse_schema(pointer, "what is at " + reference + " is not a schema");
    return {at, path};
}

} // namespace smelt::json_schema
