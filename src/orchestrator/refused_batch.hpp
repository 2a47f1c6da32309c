#pragma once

#include "context.hpp"

namespace smelt::orchestrator {

/// Proven that nothing was made of a batch: its items are requeued, nothing is spent.
awaitable<void> abandon(context &ctx, const store::batch_row &b, std::string why);

/// What a provider said that was not reached or turned us away.
std::string sentence_of(const provider::create_result &result);

/// What follows from that, before the batch's items are requeued: nothing more is sent there in this pass, and later
/// only when the cause is over or fixed.
awaitable<void> hold_refused(context &ctx, const registered_pipeline &p, const registered_task &task,
                             const store::batch_row &b, const provider::create_result &result);

/// Whether an error status, of an upload or a create, says that asking again would change nothing. Where it could also
/// be a gateway's mishap, only the service's own error says so.
bool is_refusal(int status, bool in_its_own_words);

} // namespace smelt::orchestrator
