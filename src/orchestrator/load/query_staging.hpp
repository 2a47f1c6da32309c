#pragma once

#include "load_plan.hpp"

#include "smelt/store/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// What the rows of a query have shown on their way into the staging table.
struct staged_query {
    std::vector<std::string> columns;
    std::vector<std::string> notes;     ///< for people
    std::optional<bool> has_whole_keys; ///< all are whole numbers; nothing: there were none
};

/// Asks the query of a sql source and stages its rows. rules: a connection for the prefilters. Throws file_error when
/// PostgreSQL does not accept the query or a row cannot be a record.
staged_query stage_query(store::records &records, db::connection &rules, const registered_pipeline &p,
                         const load_plan &plan, run_pass &pass);

} // namespace smelt::orchestrator
