#pragma once

#include "smelt/base/json.hpp"

#include <string>

/// An output schema as each service takes it. What a model cannot be held to is left out, because every answer is
/// checked against the whole schema here; what would change the meaning of the rest is refused with a usage_error that
/// names the JSON pointer, the service and the rule. Descriptions are never left out.
namespace smelt::extraction {

/// What stands beside the name in OpenAI's `json_schema`.
struct openai_form {
    json schema;
    bool strict = true;
    std::string why_not; ///< why the strict form cannot express it
};

/// OpenAI: strict_schema where that can express it. Elsewhere the schema as it is written, which the model is shown and
/// not held to; only the root has to be an object.
openai_form openai_schema(const json &schema);

/// Servers that turn a JSON Schema into a grammar of their own (llama.cpp, vLLM, Ollama, Mistral): as it is written, of
/// any shape, objects closed where nothing else is said. Patterns that their grammars do not know are left out.
json plain_schema(const json &schema);

/// Anthropic (docs/protocols.md, Anthropic JSON output): additionalProperties false everywhere, no recursion, no bounds
/// of numbers, lengths and counts, at most 24 optional properties and 16 with alternatives of types. Optional
/// properties stay optional: alternatives with null are what this service finds expensive.
json anthropic_schema(const json &schema);

struct gemini_form {
    std::string member; ///< of generationConfig
    json schema;
};

/// Gemini's responseSchema, a subset of OpenAPI (docs/protocols.md, Gemini JSON output): types in capitals, `nullable`,
/// no references, so no recursion; enums of strings only. What that cannot express (recursion, objects with any names,
/// lists item by item, values of any kind) goes into responseJsonSchema, whose subset is wider.
gemini_form gemini_schema(const json &schema);

} // namespace smelt::extraction
