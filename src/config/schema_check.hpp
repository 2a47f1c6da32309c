#pragma once

#include "document.hpp"

#include <optional>

namespace smelt::config {

/// Checks a pipeline file's structure against schemas/pipeline.schema.json. Throws file_error for the first thing that
/// is wrong.
void check_structure(const document &file);

/// One violation, in words for people.
struct violation {
    std::string pointer;
    std::string message;
    std::string hint;
};

/// Walks schema and value together and describes the first violation of the keywords that our own schema uses. It is
/// not the judge: the evaluator is, and names the place in its own words when this finds nothing.
std::optional<violation> explain(const json &schema, const json &value);

} // namespace smelt::config
