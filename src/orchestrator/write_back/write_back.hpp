#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Writes into the user's tables what has happened to items, as far as that can be done now. What fails stays in the
/// queue, is said in a note and holds up nothing else.
awaitable<void> write_back(run_pass &pass, const registered_pipeline &p);

/// Of all pipelines; what is wrong with one does not stop the others.
awaitable<void> write_back(run_pass &pass);

} // namespace smelt::orchestrator
