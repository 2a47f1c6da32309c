#pragma once

#include "run_pass.hpp"

namespace smelt::orchestrator {

/// Proven that nothing was made of a batch: its items are requeued, nothing is spent.
awaitable<void> abandon(run_pass &pass, const store::batch_row &b, std::string why);

/// What a provider said that was not reached or turned us away.
std::string sentence_of(const provider::failure &refused);

/// What follows from that, before the batch's items are requeued: nothing more is sent there in this pass, and later
/// only when the cause is over or fixed.
awaitable<void> hold_refused(run_pass &pass, const registered_pipeline &p, const registered_task &task,
                             const store::batch_row &b, const provider::failure &refused);

} // namespace smelt::orchestrator
