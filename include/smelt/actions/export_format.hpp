#pragma once

#include "smelt/store/reports.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::actions {

/// The columns of an export, the same for every row of it.
struct export_columns {
    std::vector<std::string> fields; ///< of the records
    std::vector<std::string> output; ///< of the answers, over all tasks of the export
    /// By task: the column for an answer that is no object, or one without known members.
    std::map<std::string, std::string> whole;
};

/// Turns rows into text; append it to what goes out. One object per export.
class export_format {
  public:
    virtual ~export_format() = default;
    virtual void begin(std::string &out) = 0;
    virtual void row(const std::string &task, const store::export_row &row, std::string &out) = 0;
};

/// RFC 4180 with a header. Record fields are called fields.NAME; output columns bear their own names, and a column of
/// ours that is called so too is smelt_NAME.
std::unique_ptr<export_format> make_csv_format(export_columns columns);

/// One JSON object per line; fields and output are nested, exactly as PostgreSQL holds them.
std::unique_ptr<export_format> make_jsonl_format();

} // namespace smelt::actions
