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

/// Whose view it is.
struct view_subject {
    std::string pipeline, task; ///< names
    pipeline_id pipeline_number;
    task_id task_number;
    bool with_key_number = false; ///< keys are whole numbers, and a column has them as such
};

/// Makes or replaces the view; does nothing when view_hash says that it is as wanted. Where something depends on the
/// old one whose columns are others, it stays, and the new one is smelt_out."<pipeline>_<task>_v2" (_v3, ...). Returns
/// what to tell the user then, or when a lock was in the way, else an empty string. Never throws for that: a view must
/// not fail a run.
std::string rebuild_view(db::connection &c, const view_subject &subject,
                         const std::vector<extraction::output_column> &columns);

/// Drops all versions of a task's view that no other view reads.
void drop_views(db::transaction &tx, const std::string &pipeline, const std::string &task);

} // namespace smelt::store
