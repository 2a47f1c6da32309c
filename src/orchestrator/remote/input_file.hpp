#pragma once

#include "orchestrator/run_pass.hpp"

#include <functional>
#include <string_view>

namespace smelt::orchestrator {

/// One request line of an input file: its 1-based number and its text without the newline, valid during the call.
using input_line_sink = std::function<void(std::int64_t number, std::string_view line)>;

/// Reads a batch's input file back from the provider, a line at a time: the spool file is gone by then. Throws what
/// provider::fetch throws.
awaitable<void> read_input(provider::batch_api &api, const std::string &file, const input_line_sink &each);

/// The record that a request line of the batch with this nonce is about.
std::optional<std::int64_t> record_of(std::string_view line, std::string_view nonce);

} // namespace smelt::orchestrator
