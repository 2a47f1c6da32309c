#pragma once

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/reports.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// The stable form of a summary: the keys that `smelt run --help` documents.
json to_json(const orchestrator::run_summary &s);

/// What a run did, for people, one sentence a line, and what to do next. tasks: the state after the run.
std::vector<std::string> describe_run(const orchestrator::run_summary &s, const std::vector<store::task_report> &tasks);

std::vector<std::string> describe_load(const orchestrator::run_summary &s, const std::string &pipeline);

exit_code code_of(const orchestrator::run_summary &s, bool fail_on_failures);

} // namespace smelt::cli
