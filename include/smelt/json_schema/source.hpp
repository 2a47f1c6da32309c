#pragma once

#include "smelt/base/json.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::json_schema {

/// Throws usage_error "output schema, at POINTER: reason".
[[noreturn]] void refuse_schema(const std::string &pointer, const std::string &reason, std::string hint = {});

/// Refuses what a schema object may not hold: unknown keywords, keywords of other drafts, values of the wrong type.
void check_keywords(const json &schema, const std::string &pointer);

/// Schemas nested deeper than this are refused.
inline constexpr std::size_t most_schema_levels = 400;

/// Calls back for every schema that stands directly inside of this one. Members of the wrong type are passed over.
void each_subschema(json &schema, const std::function<void(json &)> &visit);

/// The value is taken out first, because an object's members move when one is added.
void rename_keyword(json &schema, const char *from, const char *to);

/// The document with the words of later drafts and of OpenAPI (prefixItems, dependentRequired, dependentSchemas,
/// nullable, unevaluatedProperties where it says what additionalProperties says) put into those of draft 7. What cannot
/// be put so stays as it is and is refused where keywords are checked.
json in_draft_7(const json &document);

/// Both texts, the one that stands nearer to the value first.
std::string joined_notes(const std::string &nearer, const std::string &farther);

/// The schema without its allOf, whose parts became members of it; empty when they cannot be one schema. References
/// among the parts are written out and named in `written_out`, but not those in `open`.
std::optional<json> without_all_of(const json &document, const json &schema, const std::vector<std::string> &open,
                                   std::vector<std::string> &written_out);

/// The schema that a local reference names ("#", "#/definitions/a~1b"). Refuses all others.
struct referenced {
    const json *schema;
    std::string pointer;
};
referenced resolve_reference(const json &document, const std::string &reference, const std::string &pointer);

} // namespace smelt::json_schema
