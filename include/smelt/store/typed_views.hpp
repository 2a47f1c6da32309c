#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/extraction/compiled_task.hpp"

#include <set>
#include <string>
#include <vector>

namespace smelt::store {

/// How one of our own columns of a view or an export is called beside properties of these names: smelt_score where
/// there is a property `score`.
std::string own_column(std::string name, const std::set<std::string> &taken);

/// Throws usage_error when smelt_out."<pipeline>_<task>" or its columns cannot be made (length).
void check_view(const std::string &pipeline, const std::string &task,
                const std::vector<extraction::output_column> &columns);

/// Throws usage_error when a task of another pipeline has the view already: a_b and c, or a and b_c.
void check_view_is_free(db::transaction &tx, pipeline_id p, const std::string &pipeline, const std::string &task);

/// Makes or replaces the view; empty when view_hash says that it is as wanted. Returns what to tell the user when
/// dependents or a lock kept the old one, else an empty string. Never throws for that: a view must not fail a run.
std::string rebuild_view(db::connection &c, const std::string &pipeline, const std::string &task, pipeline_id p,
                         task_id t, const std::vector<extraction::output_column> &columns);

} // namespace smelt::store
