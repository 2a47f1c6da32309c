#pragma once

#include "provider/wire.hpp"

/// What Mistral says, as values: pure functions.
namespace smelt::provider {

/// Nothing without an id.
std::optional<remote_batch> parse_mistral_job(const json &job);

/// {"object":"error","message",...}, {"detail":[{"loc","msg"}]} of a refused body, or OpenAI's shape.
std::optional<api_error> parse_mistral_error(std::string_view body);

remote_state parse_mistral_state(std::string_view status);

/// What follows model names in `agent:ID`, empty for a model.
std::string_view agent_of(std::string_view model);

} // namespace smelt::provider
