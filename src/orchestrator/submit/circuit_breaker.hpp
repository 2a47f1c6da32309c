#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Why the task is to be held: its version's recent answers failed too often. Empty: it may go on. Read under the
/// account lock, so that it is as new as what is claimed.
std::optional<std::string> tripped_circuit_breaker(db::transaction &tx, const registered_pipeline &p,
                                                   const registered_task &task);

} // namespace smelt::orchestrator
