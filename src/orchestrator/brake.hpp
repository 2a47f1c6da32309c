#pragma once

#include "context.hpp"

namespace smelt::orchestrator {

/// Puts a task on hold whose version's recent answers failed too often, until `smelt resume`.
awaitable<void> brake(context &ctx, const registered_pipeline &p, const registered_task &task);

} // namespace smelt::orchestrator
