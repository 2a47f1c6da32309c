#pragma once

#include "apply.hpp"

namespace smelt::orchestrator {

/// After both result files: closes the batch, downloads again later, or accounts for the requests that no line named.
awaitable<void> finish_rest(context &ctx, registered_pipeline &p, store::batch_row &b, const apply_plan &plan,
                            const membership &members, bool cut_short);

} // namespace smelt::orchestrator
