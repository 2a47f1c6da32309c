#pragma once

#include "provider/wire.hpp"

/// What the Gemini API says, as values: pure functions.
namespace smelt::provider {

/// google.rpc.Status, and what its details mean (docs/protocols.md, Gemini errors).
std::optional<api_error> parse_google_error(std::string_view body);

/// The long-running operation of a batch; nothing without a name.
std::optional<remote_batch> parse_operation(const json &operation);

/// BATCH_STATE_RUNNING, JOB_STATE_RUNNING, ...: the suffix decides.
remote_state parse_gemini_state(std::string_view status);

/// The only text that a batch keeps, so it says everything: "smelt INSTALLATION NONCE VERSION TASK", where VERSION is
/// the beginning of the hash.
std::string display_name_of(const create_request &r);
void read_display_name(std::string_view name, remote_batch &into);

/// "/batches/x" of "batches/x" or "x". Throws usage_error for what is no name of that kind.
std::string resource_path(std::string_view kind, std::string_view name);

} // namespace smelt::provider
