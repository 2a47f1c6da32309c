#pragma once

#include "smelt/cli/commands.hpp"
#include "smelt/cli/context.hpp"
#include "smelt/config/pipeline.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/orchestrator/run.hpp"

#include <vector>

namespace smelt::cli {

/// smelt run --dry-run: what would be sent, and one request in full.
exit_code show_dry_run(const config::settings &s, const std::vector<config::pipeline> &pipelines,
                       const orchestrator::run_options &options, bool as_json, context &c);

} // namespace smelt::cli
