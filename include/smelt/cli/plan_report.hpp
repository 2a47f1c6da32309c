#pragma once

#include "smelt/base/json.hpp"
#include "smelt/orchestrator/plan.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// One object per task and rung: the keys that `smelt plan --help` documents. with_requests: also one whole request.
json to_json(const orchestrator::pipeline_plan &plan, bool with_requests);

/// What would be sent, what it probably costs and what it may cost, for people; a line each, not made printable.
std::vector<std::string> describe_plan(const orchestrator::pipeline_plan &plan, bool with_requests);

} // namespace smelt::cli
