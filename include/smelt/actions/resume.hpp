#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/store/catalog.hpp"

#include <string>
#include <vector>

namespace smelt::actions {

/// Lifts all that holds a pipeline; the next run submits again. Returns the reasons of what was lifted.
std::vector<std::string> resume(db::connection &c, const store::pipeline_row &pipeline);

} // namespace smelt::actions
