#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Cancels repeated jobs that have not ended, since nobody takes their answers, and tells the user what they are.
awaitable<void> cancel_repeated_jobs(run_pass &pass, const registered_pipeline &p, provider::batch_api &api,
                                     const std::vector<provider::remote_batch> &listed);

} // namespace smelt::orchestrator
