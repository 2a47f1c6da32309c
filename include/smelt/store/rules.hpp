#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// SQL booleans (and texts) of a pipeline file, evaluated by PostgreSQL: read only, with search_path = pg_catalog and
/// smelt_functions, as role smelt_rules when it exists, and if not said otherwise in transactions of their own of 5 s
/// at most. All names that they see are jsonb.
struct expression {
    /// rules, prefilters, `when`, --where of items and of records; and what an export computes, of one task and of
    /// several
    enum class sees { output_and_fields, fields, tasks_and_fields, item, record, exported_item, exported_record };
    std::string name;
    std::string sql;
    sees scope = sees::output_and_fields;
    bool is_text = false;          ///< its value is a text, not a boolean
    bool without_evidence = false; ///< there is no rule pack, so naming `evidence` is an error
};

/// One expression's result for one row: true, false (null counts as false), or the error that it raised.
struct evaluation {
    bool holds = false;
    std::optional<std::string> text; ///< instead, of an expression that is_text; nothing: null
    std::string error;               ///< not empty: raised or timed out
};

/// Keys of the task's items for which the expression (of the scope item) holds, in the order of loading. Throws
/// usage_error when PostgreSQL does not accept it, an item makes it fail, or it takes longer than a minute.
std::vector<std::string> keys_where(db::connection &c, pipeline_id p, task_id t, const std::string &condition);

/// Records, copies too, for which the expression (of the scope record) holds. Throws as keys_where.
std::vector<std::int64_t> records_where(db::connection &c, pipeline_id p, const std::string &condition);

/// What expressions (of the scope exported_item where there is one task, else exported_record) are for these records:
/// by record, in the order of loading, and expression, JSON text. Throws usage_error when PostgreSQL cannot tell.
std::vector<std::vector<std::string>> column_values(db::connection &c, pipeline_id p,
                                                    const std::vector<std::int32_t> &tasks,
                                                    const std::vector<expression> &expressions,
                                                    const std::vector<std::int64_t> &records);
/// Rows x expressions, row-major. fields come from the records of the pipeline. A row that raises an error is found by
/// halving.
std::vector<std::vector<evaluation>> evaluate_outputs(db::connection &c, pipeline_id p,
                                                      const std::vector<expression> &expressions,
                                                      const std::vector<std::int64_t> &records,
                                                      const std::vector<std::string> &outputs);

/// An attempt for which not every expression holds.
struct broken_rules {
    std::int64_t record = 0;
    std::vector<evaluation> found; ///< by expression; none has an error
};

/// The expressions over the accepted attempts of these records that this transaction has written: each answer is sent
/// to the server once. They run in a savepoint, read only and as above, for a second at most. Nothing when they cannot
/// be evaluated so: one raised an error or took too long, or smelt_rules may not read answers. Then the transaction has
/// to be rolled back, and evaluate_outputs finds out row by row.
std::optional<std::vector<broken_rules>> judge_attempts(db::connection &c, db::transaction &tx, pipeline_id p,
                                                        batch_id b, const std::vector<expression> &expressions,
                                                        const std::vector<std::int64_t> &records);

/// The same over fields that are not in the database yet: prefilters and dedupe.
std::vector<std::vector<evaluation>> evaluate_fields(db::connection &c, const std::vector<expression> &expressions,
                                                     const std::vector<std::string> &fields);

/// What conditions see of some records, each JSON.
struct condition_rows {
    std::vector<std::string> fields, tasks, evidence;
};
/// `when` of a task, over the records, the answers that it needs, and what a rule pack has found.
std::vector<std::vector<evaluation>> evaluate_conditions(db::connection &c, const std::vector<expression> &expressions,
                                                         const condition_rows &rows);

} // namespace smelt::store
