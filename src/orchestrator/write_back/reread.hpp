#pragma once

#include "orchestrator/pipelines.hpp"

#include "smelt/store/write_back.hpp"

#include <map>
#include <string>

namespace smelt::orchestrator {

/// The rows of a sql source whose records stand in the relation `rows`, by key, as this transaction sees them now.
std::map<std::string, store::reread_row> reread(db::transaction &tx, const registered_pipeline &p);

} // namespace smelt::orchestrator
