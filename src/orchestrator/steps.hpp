#pragma once

#include "context.hpp"

/// The steps of a pass; one file each.
namespace smelt::orchestrator {

/// Registers pipelines, tasks and task versions, checks what can be checked before anything is sent, refreshes typed
/// views.
awaitable<void> sync(context &ctx, const std::vector<config::pipeline> &pipelines);

/// How long a run waits for another one's load: what is left of a run that was killed is gone by then.
constexpr milliseconds short_lock_wait{std::chrono::seconds{3}};
/// For a command that does nothing else.
constexpr milliseconds long_lock_wait{std::chrono::hours{24 * 365}};

/// Loads a pipeline's source. files: instead of the source's own patterns when not empty. False: another run was
/// loading for longer than `lock_wait`, and this one has not.
awaitable<bool> load_records(context &ctx, registered_pipeline &p, const std::vector<std::string> &files,
                             bool accept_changes, milliseconds lock_wait = short_lock_wait);

/// Building, submitting and unknown batches of runs that are gone: found, abandoned, or left to wait; late duplicates.
awaitable<void> recover(context &ctx, std::vector<store::batch_row> &batches);

/// Asks the provider about open batches; those that ended belong to whoever collects them.
awaitable<void> poll(context &ctx, std::vector<store::batch_row> &batches);

/// Downloads and applies the results of ended batches, taken one by one, so that runs side by side share them.
awaitable<void> collect(context &ctx);

/// All that concerns batches which exist: takes those that nobody holds, recovers and polls them, and collects.
awaitable<void> serve(context &ctx);

/// Claims, builds and sends batches until nothing is claimable or a limit is reached.
awaitable<void> submit(context &ctx);

/// Deletes files at the provider that nobody needs any more. What fails is tried again by the next pass.
awaitable<void> delete_remote_files(context &ctx);

} // namespace smelt::orchestrator
