#pragma once

#include "orchestrator/run_pass.hpp"

namespace smelt::orchestrator {

/// Throws file_error when a template of any task names a field that no record has and does not guard it. A pipeline
/// without records passes.
void check_fields(db::transaction &tx, const registered_pipeline &p);

} // namespace smelt::orchestrator
