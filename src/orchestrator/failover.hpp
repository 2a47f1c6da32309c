#pragma once

#include "run_pass.hpp"

/// When the fallback takes over from a task's own service (fallback.after): a batch was open for too long, or nothing
/// could be sent for so long.
namespace smelt::orchestrator {

/// Of a task that has a fallback: fewer items than so many are not worth a batch, and are the fallback's.
std::int64_t least_batch(const registered_pipeline &p, const registered_task &task);

/// Whether the fallback may take over what the service of this batch has not run, because it has been open for so long.
bool is_late(const registered_pipeline &p, const store::batch_row &b);

/// Asks the service to give up a late batch, so that it confirms what it has not run. What it has answered, or answers
/// in spite of this, is collected. Throws as batch_api::cancel does.
awaitable<void> give_up(run_pass &pass, const registered_pipeline &p, const store::batch_row &b,
                        const provider::remote_batch &job);

/// Nothing more is sent there in this pass; since when that is so is kept across runs.
awaitable<void> note_unreachable(run_pass &pass, account_id account);

/// Whether nothing could be sent to the task's own service for so long that its fallback is asked.
bool is_out_of_reach(const run_pass &pass, const registered_pipeline &p, const registered_task &task);

} // namespace smelt::orchestrator
