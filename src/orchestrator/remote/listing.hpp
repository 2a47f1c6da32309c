#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Whether the provider's listing shows our nonces.
bool can_list(const provider::dialect &api);
/// Whether a lost job is found by what the listing shows, if need be once it has ended.
bool can_find(const provider::dialect &api);

/// Whether the job is the one that was made for this nonce from this uploaded file ("" when that is not known).
bool is_job_of(const provider::remote_batch &job, const std::string &nonce, const std::string &input_file);

/// What a job says it was made for: "pipeline/task", and behind it ".1" for the first rung of the task's ladder, or
/// ".fallback".
std::string job_title(const std::string &pipeline, const std::string &task, int rung);

/// The rung, when the job says that it was made for this task; else nothing.
std::optional<int> rung_of(const provider::remote_batch &job, const std::string &pipeline, const std::string &task);

/// The pipeline that the job says it was made for; empty when it does not say.
std::string pipeline_of(const provider::remote_batch &job);

/// Jobs of this installation, and when that was, by the clock that also says when they were made.
struct own_jobs {
    std::vector<provider::remote_batch> batches;
    std::chrono::system_clock::time_point now;
    bool incomplete = false; ///< something that may be a job of ours could not be read: absence proves nothing
};

/// This installation's jobs as the provider lists them (everybody's where it does not show whose they are), newest
/// first: those that were created within `age` before now, and perhaps older ones. `age` is measured by one clock
/// alone, the database's; "now" is the provider's own.
awaitable<own_jobs> list_ours(const run_pass &pass, provider::batch_api &api, milliseconds age);

/// Those of the listed jobs whose nonce this database has never made: it was restored from a backup, or a copy of it
/// is at work. Oldest first.
awaitable<std::vector<provider::remote_batch>> unrecognised_jobs(run_pass &pass, const registered_pipeline &p,
                                                                 own_jobs ours);

/// Compares the service's listing with what the database knows before anything is sent there, once in a pass. When it
/// shows an unrecognised job, or cannot be read, that is the pass's problem and nothing is sent to this account.
awaitable<void> refuse_unrecognised_jobs(run_pass &pass, registered_pipeline &p, service &s);

} // namespace smelt::orchestrator
