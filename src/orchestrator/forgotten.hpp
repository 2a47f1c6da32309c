#pragma once

#include "run_pass.hpp"

namespace smelt::orchestrator {

/// Records that were forgotten while they were under way: what is left of them goes when their batches have said what
/// became of their requests.
awaitable<void> settle_forgotten(run_pass &pass);

} // namespace smelt::orchestrator
