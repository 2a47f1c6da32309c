#pragma once

#include "smelt/config/pipeline.hpp"

#include <concepts>
#include <string>
#include <string_view>

/// ${VAR} and ${VAR:-default}, answered by the environment, then by the .env beside the pipeline. `$${` is a literal
/// `${`. The default also stands in for a variable that is set to nothing. Prompts, schemas and SQL are never expanded.
namespace smelt::config {

/// Throws file_error naming the pipeline's file and the variable when one is not set and has no default.
std::string expand(std::string_view text, const pipeline &p);

json expand_json(const json &value, const pipeline &p);

/// Every string in the value, at any depth (keys stay). A string that is one reference and nothing else becomes a
/// number, true, false or null when its value reads as one, so that `temperature: ${TEMPERATURE:-0.2}` is a number in
/// the request.
template <std::same_as<json> J>
json expand(const J &value, const pipeline &p) {
    return expand_json(value, p);
}

} // namespace smelt::config
