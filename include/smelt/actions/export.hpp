#pragma once

#include "smelt/actions/export_format.hpp"
#include "smelt/actions/record_choice.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

struct exported_task {
    task_id id;
    std::string name;
    std::vector<std::string> columns; ///< of the output
    std::string whole;                ///< that of an output without properties; empty: it has some
};

/// The one task, or all tasks of the pipeline file.
std::vector<exported_task> tasks_to_export(db::connection &c, const store::pipeline_row &pipeline,
                                           std::optional<task_id> only);

/// format: "csv" or "jsonl".
std::unique_ptr<export_format> make_export_format(const std::string &format, db::connection &c,
                                                  const store::pipeline_row &pipeline,
                                                  const std::vector<exported_task> &tasks);

/// Where the text goes, piece by piece; it may throw to end the export.
using text_sink = std::function<void(const std::string &piece)>;

struct exported_rows {
    bool all = false; ///< also items without a result
    record_choice records;
};

/// One row per item that is chosen, in the order of loading. Each page is a transaction of its own, so a slow reader
/// holds nothing open in the database.
void export_rows(db::connection &c, const store::pipeline_row &pipeline, const std::vector<exported_task> &tasks,
                 const exported_rows &rows, export_format &format, const text_sink &write);

} // namespace smelt::actions
