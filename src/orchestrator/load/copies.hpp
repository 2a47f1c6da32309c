#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/extraction/compiled_task.hpp"

namespace smelt::orchestrator {

/// With dedupe one answer serves several records, so it may depend only on what is equal in them. Throws usage_error
/// when a prompt, a rule or the condition of the task names another field that dedupe.ignore does not name.
void check_copies(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task);

} // namespace smelt::orchestrator
