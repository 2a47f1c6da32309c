#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// SQL booleans of a pipeline file, evaluated by PostgreSQL in read-only transactions of their own (search_path =
/// pg_catalog, statement_timeout 5 s, role smelt_rules when it exists). They see `output` and `fields`, both jsonb.
struct expression {
    std::string name;
    std::string sql;
    bool on_output = true; ///< false: only `fields` exists (prefilters)
};

/// One expression's result for one row: true, false (null counts as false), or the error that it raised.
struct evaluation {
    bool holds = false;
    std::string error; ///< not empty: raised or timed out
};

/// Parses each alone; throws usage_error naming the expression and PostgreSQL's words.
void check_expressions(db::connection &c, const std::vector<expression> &expressions, const std::string &where);

/// Rows x expressions, row-major. fields come from the records of the pipeline. A row that raises an error is found by
/// halving.
std::vector<std::vector<evaluation>> evaluate_outputs(db::connection &c, pipeline_id p,
                                                      const std::vector<expression> &expressions,
                                                      const std::vector<std::int64_t> &records,
                                                      const std::vector<std::string> &outputs);

/// The same over fields that are not in the database yet: prefilters.
std::vector<std::vector<evaluation>> evaluate_fields(db::connection &c, const std::vector<expression> &expressions,
                                                     const std::vector<std::string> &fields);

} // namespace smelt::store
