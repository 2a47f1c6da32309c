#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/extraction/compiled_task.hpp"

namespace smelt::orchestrator {

/// What a compiled task can be seen to have wrong without a look at records: prompts, examples, what it needs of other
/// tasks, copies, write-back. Throws usage_error without the place in the file.
void check_task(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task);

} // namespace smelt::orchestrator
