#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Looks at the items of a pipeline that something has changed for: those whose needs are met and whose `when` says yes
/// may be sent from now on. Does nothing where another run is at it.
awaitable<void> settle_due_items(run_pass &pass, const registered_pipeline &p);

/// Of all pipelines; what is wrong with one does not stop the others.
awaitable<void> settle_due_items(run_pass &pass);

} // namespace smelt::orchestrator
