#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// A batch's request lines, in the order of their records.
struct synchronous_requests {
    std::filesystem::path spool;
    std::vector<picousd> ceilings; ///< the most that each may cost; 0 where that is not known
};

/// Has a rendered batch answered request by request, by a synchronous service, and applies the answers as they
/// come. Returns when nothing of it is under way; the batch is closed then, unless this throws. Returns what
/// the next request may cost when the budgets had no room for it, and the rest is requeued; 0: all had room.
awaitable<picousd> answer_batch(run_pass &pass, registered_pipeline &p, const registered_task &task, store::batch_row b,
                                const synchronous_requests &requests);

} // namespace smelt::orchestrator
