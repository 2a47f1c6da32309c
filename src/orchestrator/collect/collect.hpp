#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Downloads and applies the results of ended batches, taken one by one, so that runs side by side share them.
awaitable<void> collect(run_pass &pass);

} // namespace smelt::orchestrator
