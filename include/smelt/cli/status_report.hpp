#pragma once

#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/store/reports.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::cli {

/// Items that need nothing more: extracted, skipped, or ended without a result.
std::int64_t settled(const store::task_report &t);

/// Seconds until everything is settled at the rate of the last batches; empty when that rate is not known or nothing
/// is left.
std::optional<double> eta_seconds(const store::task_report &t);

/// The stable form: the keys that `smelt status --help` documents.
json to_json(const store::task_report &t);

json to_json(const store::budget_report &b);

/// "papers: of $25.00 per day, $12.30 spent, $3.00 reserved, $9.70 left"
std::string budget_line(const store::budget_report &b);

/// The table for people, and a line for everything that wants attention.
std::string render_status(const std::vector<store::task_report> &tasks,
                          const std::vector<store::budget_report> &budgets, const terminal &t);

} // namespace smelt::cli
