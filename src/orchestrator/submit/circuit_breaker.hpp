#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Why a rung of the task is to be held: its version's recent answers failed too often. Empty: it may go on. Read under
/// the lock of the claim, so that it is as new as what is claimed.
std::optional<std::string> tripped_circuit_breaker(db::transaction &tx, const registered_pipeline &p,
                                                   const registered_task &task, int rung);

} // namespace smelt::orchestrator
