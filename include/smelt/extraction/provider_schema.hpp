#pragma once

#include "smelt/core/json.hpp"

/// An output schema as services other than OpenAI take it. What a model cannot be held to is left out, because every
/// answer is checked against the whole schema here; what would change the meaning of the rest is refused with a
/// usage_error that names the JSON pointer and the rule.
namespace smelt::extraction {

/// Anthropic (providers reference, 4.5): additionalProperties false everywhere, no recursion, no bounds of numbers,
/// lengths and counts, at most 24 optional properties and 16 with alternatives of types. Optional properties stay
/// optional: alternatives with null are what this service finds expensive.
json anthropic_schema(const json &schema);

/// Gemini's responseSchema, a subset of OpenAPI (providers reference, 5.2): types in capitals, `nullable`, no
/// references, so no recursion; enums of strings only.
json gemini_schema(const json &schema);

} // namespace smelt::extraction
