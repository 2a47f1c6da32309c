#pragma once

#include "smelt/config/pipeline.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// Throws usage_error when none of the pipelines has the task that --task names. Empty: none is named.
void check_task(const std::string &task, const std::vector<config::pipeline> &pipelines);

} // namespace smelt::cli
