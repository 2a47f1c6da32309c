#pragma once

#include "context.hpp"

namespace smelt::orchestrator {

/// Deletes a batch's files at the provider and notes that they are gone. A file that is gone already is no error.
awaitable<void> remove_files(context &ctx, provider::provider &api, batch_id b, const std::vector<std::string> &files);

/// What the input file of a batch is called at the provider: how one whose id was never stored is found again.
std::string input_name(const std::string &nonce);

} // namespace smelt::orchestrator
