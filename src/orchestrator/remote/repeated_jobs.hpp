#pragma once

#include "orchestrator/context.hpp"

namespace smelt::orchestrator {

/// Cancels repeated jobs that have not ended, since nobody takes their answers, and tells the user what they are.
awaitable<void> cancel_repeated_jobs(context &ctx, const registered_pipeline &p, provider::provider &api,
                                     const std::vector<provider::remote_batch> &listed);

} // namespace smelt::orchestrator
