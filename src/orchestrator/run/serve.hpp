#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// All that concerns batches which exist: takes those that nobody holds, recovers and polls them, and collects.
awaitable<void> serve(run_pass &pass);

} // namespace smelt::orchestrator
