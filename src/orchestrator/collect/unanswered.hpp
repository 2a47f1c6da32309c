#pragma once

#include "apply.hpp"

namespace smelt::orchestrator {

/// After both result files: closes the batch, downloads again later, or accounts for the requests that no line named.
awaitable<void> finish_unanswered(run_pass &pass, registered_pipeline &p, store::batch_row &b, const apply_plan &plan,
                                  const membership &members, bool cut_short);

/// After answers that came one by one: the first `dispatched` requests, by record, may have been sent, and what no
/// answer names of them is missing; those beyond are requeued with nothing spent. Closes the batch.
awaitable<void> finish_answered(run_pass &pass, store::batch_row &b, const apply_plan &plan, const membership &members,
                                std::int64_t dispatched);

} // namespace smelt::orchestrator
