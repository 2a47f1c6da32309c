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

/// Whether a row asks to be sent again and its version, as columns behind the row: ", …". columns: of the query. Throws
/// file_error when it has no such column, or PostgreSQL does not accept the condition.
std::string asking_columns(db::transaction &tx, const registered_pipeline &p, const std::vector<std::string> &columns);
/// "COLUMN=VERSION" of a row that was read with these columns, "COLUMN=" where it asks for nothing, also because it
/// does not say in which version.
std::string version_asked_for(const config::again_spec &again, const pqxx::row &row);
/// Until the transaction ends the same row is the same text, whatever time zone the caller has.
void write_alike(db::transaction &tx);

/// Asks the query of a sql source and stages its rows. rules: a connection for the prefilters. Throws file_error when
/// PostgreSQL does not accept the query or a row cannot be a record.
staged_query stage_query(store::records &records, db::connection &rules, const registered_pipeline &p,
                         const load_plan &plan, run_pass &pass);

} // namespace smelt::orchestrator
