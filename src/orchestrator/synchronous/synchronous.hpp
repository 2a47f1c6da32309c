#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Has a rendered batch answered request by request, by a synchronous service, and applies the answers as they
/// come. Returns when nothing of it is under way; the batch is closed then, unless this throws. `spool` holds its
/// request lines in the order of their records.
awaitable<void> answer_batch(run_pass &pass, registered_pipeline &p, const registered_task &task, store::batch_row b,
                             const std::filesystem::path &spool);

} // namespace smelt::orchestrator
