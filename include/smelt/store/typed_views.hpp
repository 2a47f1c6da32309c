#pragma once

#include "smelt/core/ids.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/extraction/compiled_task.hpp"

#include <string>
#include <vector>

namespace smelt::store {

/// Names that a typed view has of its own; an output property must not be called so.
const std::vector<std::string> &reserved_view_columns();

/// Throws usage_error when smelt_out."<pipeline>_<task>" or its columns cannot be made (length, collisions).
void check_view(const std::string &pipeline, const std::string &task,
                const std::vector<extraction::output_column> &columns);

/// Makes or replaces the view; nothing when view_hash says that it is as wanted. Returns what to tell the user when
/// dependents or a lock kept the old one, else an empty string. Never throws for that: a view must not fail a run.
std::string rebuild_view(db::connection &c, const std::string &pipeline, const std::string &task, pipeline_id p,
                         task_id t, const std::vector<extraction::output_column> &columns);

} // namespace smelt::store
