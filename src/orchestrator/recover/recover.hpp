#pragma once

#include "orchestrator/run_pass.hpp"

#include <vector>

namespace smelt::orchestrator {

/// Building, submitting and unknown batches of runs that are gone: found, abandoned, or left to wait; late duplicates.
awaitable<void> recover(run_pass &pass, std::vector<store::batch_row> &batches);

} // namespace smelt::orchestrator
