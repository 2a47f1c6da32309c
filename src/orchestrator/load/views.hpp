#pragma once

#include "orchestrator/run_pass.hpp"

#include <string>
#include <vector>

namespace smelt::orchestrator {

/// Makes the typed views of a pipeline's tasks as their definitions and keys want them. Sentences for the user, where
/// something of theirs is in the way.
std::vector<std::string> rebuild_views(db::connection &c, const registered_pipeline &p);

} // namespace smelt::orchestrator
