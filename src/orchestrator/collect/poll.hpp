#pragma once

#include "orchestrator/run_pass.hpp"

#include <vector>

namespace smelt::orchestrator {

/// Asks the provider about open batches; those that ended belong to whoever collects them.
awaitable<void> poll(run_pass &pass, std::vector<store::batch_row> &batches);

} // namespace smelt::orchestrator
