#pragma once

#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/orchestrator/run.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace smelt::actions {

/// Numbers of batches by pipeline: a name or a file, as it was given.
using cancel_plan = std::map<std::string, std::vector<std::int32_t>>;

/// batches: their numbers, or the provider's ids. Throws usage_error for one that is not there or has ended.
cancel_plan plan_cancel(db::connection &c, const std::vector<std::string> &batches);
/// All unfinished batches of a pipeline.
cancel_plan plan_cancel_all(db::connection &c, const std::string &pipeline);

/// Reads the pipelines of a plan; their errors come before anybody is asked.
std::map<std::string, config::pipeline> pipelines_of(db::connection &c, const cancel_plan &plan);

} // namespace smelt::actions
