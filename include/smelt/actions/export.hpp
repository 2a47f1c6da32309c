#pragma once

#include "smelt/actions/export_columns.hpp"
#include "smelt/actions/record_choice.hpp"
#include "smelt/actions/table_writer.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// What of a pipeline is exported.
struct export_wish {
    std::optional<task_id> task; ///< empty: all tasks of the pipeline file
    bool all = false;            ///< also records without an answer
    record_choice records;
    std::vector<std::string> more; ///< further columns
    std::optional<config::export_columns_file> columns;
    std::vector<std::string> by; ///< columns whose values make the parts
};

/// One row per record that is chosen, in the order of loading, with what all tasks say of it. Each page is a
/// transaction of its own, so a slow reader holds nothing open in the database.
class table_export {
  public:
    /// All outlive it. Throws usage_error or file_error for columns that do not exist, and for names that clash.
    table_export(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish);
    ~table_export();
    table_export(const table_export &) = delete;
    table_export &operator=(const table_export &) = delete;

    /// Of the columns, in their order.
    [[nodiscard]] std::vector<std::string> names() const;
    /// The table for the rows of a part, which is one value for each column of `by`.
    using table_of_part = std::function<table_writer &(const std::vector<std::string> &part)>;
    void run(const table_of_part &table);

  private:
    struct plan;
    std::unique_ptr<plan> plan_;
};

/// One JSON document in which answers stand by the values of `groups`, one inside the other: names of columns, and
/// "task". At the innermost place stands {response, usage, model}. Holds the places in memory, not the answers. Throws
/// usage_error when two answers would stand at one place.
void export_grouped(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish,
                    const std::vector<std::string> &groups, const text_sink &out);

/// The texts of the answers as they came, where they were kept (keep_raw), one object per line: key, task, batch,
/// remote_id, raw, and where it was kept (keep_raw: all) line, in which the answer came.
void export_raw(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish, const text_sink &out);

/// The rows of one SELECT, read only, as role smelt_read or smelt_rules where there is one. make: the table for these
/// columns. Throws usage_error when PostgreSQL does not accept it.
void export_query(db::connection &c, const std::string &query,
                  const std::function<table_writer &(const std::vector<std::string> &names)> &make);

} // namespace smelt::actions
