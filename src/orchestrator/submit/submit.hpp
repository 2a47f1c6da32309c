#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Claims, builds and sends batches until nothing is claimable or a limit is reached.
awaitable<void> submit(run_pass &pass);

} // namespace smelt::orchestrator
