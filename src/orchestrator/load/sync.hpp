#pragma once

#include "orchestrator/run_pass.hpp"

#include <vector>

namespace smelt::orchestrator {

/// Registers pipelines, tasks and task versions, checks what can be checked before anything is sent, refreshes typed
/// views.
awaitable<void> sync(run_pass &pass, const std::vector<config::pipeline> &pipelines);

} // namespace smelt::orchestrator
