#include "strict_adapter.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"
#include "smelt/extraction/strict_schema.hpp"
#include "smelt/json_schema/evaluator.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <cctype>

namespace smelt::extraction {

using namespace json_schema;
namespace {

/// Grammars are made of whole, plain expressions: anchored at both ends, without classes such as \\d.
bool is_grammar_pattern(std::string_view pattern) {
    if (!is_plain_pattern(pattern) || !pattern.starts_with('^') || !pattern.ends_with('$'))
        return false;
    for (auto at = pattern.find('\\'); at != std::string_view::npos; at = pattern.find('\\', at + 2))
        if (at + 1 < pattern.size() && std::isalnum(static_cast<unsigned char>(pattern[at + 1])) != 0)
            return false;
    return true;
}

/// Of each schema in the document, the document included.
template <class F>
void everywhere(json &schema, const F &change) {
    change(schema);
    each_subschema(schema, [&](json &inner) { everywhere(inner, change); });
}

/// What names a document and its dialect is of no use in a request.
json for_request(const json &schema) {
    json sent = schema;
    sent.erase("$schema");
    sent.erase("$id");
    return sent;
}

} // namespace

json plain_schema(const json &schema) {
    const json_schema::evaluator well_formed{schema, false};
    json sent = for_request(in_draft_7(schema));
    everywhere(sent, [](json &at) {
        if (at.contains("pattern") && !is_grammar_pattern(at["pattern"].get_ref<const std::string &>()))
            at.erase("pattern");
        const bool has_parts = at.contains("allOf") || at.contains("patternProperties");
        if (at.contains("properties") && !at.contains("additionalProperties") && !has_parts)
            at["additionalProperties"] = false;
        if (at.contains("items") && at["items"].is_array()) {
            rename_keyword(at, "items", "prefixItems");
            if (at.contains("additionalItems"))
                rename_keyword(at, "additionalItems", "items");
        }
    });
    return sent;
}

openai_form openai_schema(const json &schema) {
    try {
        return {strict_schema(schema), true, {}};
    } catch (const usage_error &e) {
        const json_schema::evaluator well_formed{schema, false};
        strict_adapter{schema, strict_rules()}.require_object_root();
        return {for_request(schema), false, e.what()};
    }
}

} // namespace smelt::extraction
