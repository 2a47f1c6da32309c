#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace smelt::config {

/// A column that a file for `smelt export --columns` asks for. Exactly one of `from`, `value` and `sql` says what it
/// holds.
struct wished_column {
    enum class kind { column, constant, expression };
    std::string name;
    kind type = kind::column;
    std::string text; ///< the name of a column, the constant, or SQL
    int line = 0;
};

struct export_columns_file {
    std::filesystem::path file;
    std::vector<wished_column> columns;
};

/// Reads a YAML list: `- NAME` is a column as it is, `- NEW: NAME` one by another name, `- NEW: {value: TEXT}` a
/// constant, `- NEW: {sql: EXPRESSION}` an expression. Throws file_error with the line.
export_columns_file read_export_columns(const std::filesystem::path &file);

} // namespace smelt::config
