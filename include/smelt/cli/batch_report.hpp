#pragma once

#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/store/reports.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// The stable form: the keys that `smelt batches --help` documents.
json to_json(const store::batch_report &b);

/// One batch whole, a line each: what was sent, what the provider says, the ledger, times and cost.
std::vector<std::string> describe_batch(const store::batch_report &b);

std::string render_batches(const std::vector<store::batch_report> &batches, const terminal &t);

} // namespace smelt::cli
