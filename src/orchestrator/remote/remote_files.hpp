#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Deletes a batch's files at the provider and notes that they are gone. A file that is gone already is no error.
awaitable<void> delete_files(run_pass &pass, provider::batch_api &api, batch_id b,
                             const std::vector<std::string> &files);

/// Runs a step that deletes files. What goes wrong there is said in the log alone: a file that stays is deleted by a
/// later run, and no answer waits for it.
awaitable<void> delete_or_later(std::string whose, awaitable<void> step);

/// What the input file of a batch is called at the provider: how one whose id was never stored is found again.
std::string input_name(const std::string &nonce);

/// Deletes files at the provider that nobody needs any more. What fails is tried again by the next pass.
awaitable<void> delete_remote_files(run_pass &pass);

} // namespace smelt::orchestrator
