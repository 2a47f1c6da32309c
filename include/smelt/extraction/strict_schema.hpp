#pragma once

#include "smelt/base/json.hpp"

namespace smelt::extraction {

/// The schema as OpenAI's strict structured outputs take it (docs/protocols.md, OpenAI strict schemas): every
/// property required, additionalProperties false, optional ones made nullable, keywords outside the supported set
/// dropped only when the answer is still checked against them here. Throws usage_error with the JSON pointer and the
/// rule when it cannot be adapted (root not an object, more than 5,000 properties or 10 levels, allOf, not,
/// if/then/else, ...).
json strict_schema(const json &schema);

/// Undoes what strict_schema had to add: when the user's schema has an optional property that is not nullable, an
/// answer's explicit null for it means absent. True when such properties exist.
bool strict_adds_nulls(const json &schema);

} // namespace smelt::extraction
