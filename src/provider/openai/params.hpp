#pragma once

#include "smelt/config/pipeline.hpp"

#include <string>
#include <string_view>

namespace smelt::provider {

/// Chat completions or responses; throws usage_error for any other endpoint.
bool is_responses_endpoint(const task_definition &definition);

/// The members of every request body of the task beside model and messages: its params and the structured output.
/// The quirks say how the service takes a schema. Throws usage_error when a param would break the dialect or the schema
/// cannot be sent.
json constant_members(const task_definition &definition, const config::quirks_spec &quirks);

/// A json_schema name: [A-Za-z0-9_-]{1,64}.
std::string schema_name(std::string_view task);

} // namespace smelt::provider
