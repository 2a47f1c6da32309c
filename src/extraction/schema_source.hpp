#pragma once

#include "smelt/core/json.hpp"

#include <string>
#include <string_view>

namespace smelt::extraction {

/// Throws usage_error "output schema, at POINTER: reason".
[[noreturn]] void refuse_schema(const std::string &pointer, const std::string &reason, std::string hint = {});

/// Refuses what a schema object may not hold: unknown keywords, keywords of other drafts, values of the wrong type.
void check_keywords(const json &schema, const std::string &pointer);

/// The schema that a local reference names ("#", "#/definitions/a~1b"). Refuses all others.
struct referenced {
    const json *schema;
    std::string pointer;
};
referenced resolve_reference(const json &document, const std::string &reference, const std::string &pointer);

} // namespace smelt::extraction
