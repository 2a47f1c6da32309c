#pragma once

#include "smelt/actions/report.hpp"
#include "smelt/base/json.hpp"

namespace smelt::cli {

/// The stable form of a report: the keys that `smelt report --help` documents.
json to_json(const actions::pipeline_figures &report);

} // namespace smelt::cli
