#pragma once

#include "smelt/config/export_columns.hpp"
#include "smelt/store/reports.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace smelt::actions {

/// A task whose answers are exported.
struct exported_task {
    task_id id;
    std::string name;
    std::vector<std::string> outputs; ///< names of its output's columns
    bool is_whole = false;            ///< its output is no object with known members: its one column holds all of it
};

/// One column of an export.
struct export_column {
    enum class kind {
        key,
        source_file,
        source_line,
        field,      ///< of the record; `member` names it
        output,     ///< a member of the task's answer
        whole,      ///< the task's answer as it is
        constant,   ///< `member` is its value
        expression, ///< SQL in `member`
        // of the task's item or answer
        score,
        needs_review,
        superseded,
        warnings,
        status,
        reason,
        model,
        input_tokens,
        cached_tokens,
        output_tokens,
        reasoning_tokens,
        cost_usd,
        batch,
        remote_id,
        extracted_at,
        version
    };
    std::string name;
    kind content = kind::key;
    std::size_t task = 0; ///< its place among the exported tasks
    std::string member;
};

/// The columns that an export may have: of the records, then of each task. With several tasks the names of theirs begin
/// with the task's name and a dot. A column of ours that is called like a field or an output is smelt_NAME, an output
/// that is called like a field is output.NAME.
struct known_columns {
    std::vector<export_column> usual; ///< without further wishes, in this order
    std::vector<export_column> more;  ///< that may be asked for
};

/// fields: of the records, in the order of the source. has_key: whether one of them is the key.
known_columns columns_of(const std::vector<std::string> &fields, bool has_key, const std::vector<exported_task> &tasks);

/// `more`: names of further columns. Throws usage_error for a name that is none.
std::vector<export_column> usual_columns(known_columns known, const std::vector<std::string> &more);

/// What a columns file asks for. Throws file_error for a name that is none.
std::vector<export_column> chosen_columns(const known_columns &known, const config::export_columns_file &file);

/// Those of these names, whether they are usual ones or not; option: for the error as above.
std::vector<export_column> named_columns(const known_columns &known, const std::vector<std::string> &names,
                                         const std::string &option);

/// Throws usage_error where two names are equal, or would be if case did not count: most programs that read tables
/// keep one of them only.
void check_names(const std::vector<export_column> &columns);

} // namespace smelt::actions
