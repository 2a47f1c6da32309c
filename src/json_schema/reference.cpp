#include "smelt/base/url.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::json_schema {
namespace {

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
    // A broken escape stays as it is; the lookup then finds nothing.
    const std::string path = percent_decode(std::string_view{reference}.substr(1));
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
