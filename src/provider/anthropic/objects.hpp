#pragma once

#include "provider/wire.hpp"

/// What Anthropic says, as values: pure functions.
namespace smelt::provider {

/// Nothing without an id. `ended` covers every end; which one it was, the counts say. What is finished is not known
/// before, because the counters of outcomes stay 0 until then. The result "file" has the batch's own id.
std::optional<remote_batch> parse_message_batch(const json &batch);

} // namespace smelt::provider
