#pragma once

#include "build.hpp"

namespace smelt::orchestrator {

/// The smallest of what the pipeline file, the service and earlier refusals of this task allow.
batch_limits limits_of(const config::limits_spec &wished, const registered_task &task,
                       const provider::service_capabilities &offered);

/// A claimed batch on its way to the provider: rendered, uploaded, made. Everything up to the create can be undone: the
/// items are requeued and nothing is spent. Never throws for what is wrong with one batch; the run's problems say it.
/// Returns what the request may cost that a budget had no room for; 0: all had room.
awaitable<picousd> send(run_pass &pass, registered_pipeline &p, const registered_task &task, store::batch_row b);

} // namespace smelt::orchestrator
