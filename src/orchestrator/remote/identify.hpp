#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// For services whose listing shows neither nonces nor files (lookup::count_and_time): what is known of a job that a
/// lost create may have made.
struct sought {
    std::int64_t requests = 0;
    std::chrono::system_clock::time_point from, to; ///< when it was made, if it was
};
/// now: by the clock of the provider, whose dates it is compared with; this machine's may be off.
sought sought_of(const store::batch_row &b, std::chrono::system_clock::time_point now);
/// What the listing does not say speaks for it.
bool could_be(const provider::remote_batch &job, const sought &s);

/// Looks into those listed jobs that this database does not know and that could be one of `wanted`: the first line of
/// their results gives their nonce away. Returns those of which it cannot be told yet: they have not ended, or their
/// results cannot be read.
awaitable<std::vector<provider::remote_batch>> identify(run_pass &pass, provider::batch_api &api,
                                                        std::vector<provider::remote_batch> &listed,
                                                        const std::vector<sought> &wanted);

} // namespace smelt::orchestrator
