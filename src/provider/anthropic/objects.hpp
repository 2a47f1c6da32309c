#pragma once

#include "provider/wire.hpp"

/// What Anthropic says, as values: pure functions.
namespace smelt::provider {

/// The error object, and what Anthropic means by its type and details (docs/protocols.md, Anthropic errors).
std::optional<api_error> parse_anthropic_error(std::string_view body);

/// Nothing without an id. `ended` covers every end; which one it was, the counts say. What is finished is not known
/// before, because the counters of outcomes stay 0 until then. The result "file" has the batch's own id.
std::optional<remote_batch> parse_message_batch(const json &batch);

} // namespace smelt::provider
