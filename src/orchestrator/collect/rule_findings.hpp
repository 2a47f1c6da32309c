#pragma once

#include "smelt/domain/task_definition.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/store/rules.hpp"

#include <string>
#include <vector>

namespace smelt::orchestrator {

/// Adds what the rules have found wrong with an output. found: by rule.
void add_rule_findings(std::vector<extraction::finding> &findings, const std::string &output,
                       const std::vector<rule> &rules, const std::vector<store::evaluation> &found);

} // namespace smelt::orchestrator
