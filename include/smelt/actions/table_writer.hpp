#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::actions {

/// A value of a table. Empty text: no value.
struct cell {
    std::string text;
    bool is_json = false; ///< the text is JSON; else it is the value itself
};

/// Where text goes, piece by piece; it may throw to end the export.
using text_sink = std::function<void(std::string_view piece)>;

/// Writes one table. Made with the names of its columns.
class table_writer {
  public:
    virtual ~table_writer() = default;
    virtual void row(const std::vector<cell> &cells) = 0;
    /// Passes on what is gathered. A workbook keeps its rows until the end.
    virtual void flush() {}
    /// After the last row.
    virtual void finish() = 0;
};

enum class table_format { csv, jsonl, json, xlsx };

/// By its name or the ending of a file; throws usage_error.
table_format table_format_of(const std::string &name, const std::string &file);
/// ".csv", ...
std::string ending_of(table_format format);

struct table_options {
    table_format format = table_format::csv;
    bool spreadsheet = false; ///< csv only: a byte order mark, and cells that a spreadsheet would execute neutralised
};

/// csv: RFC 4180 with a header. jsonl: one object per line. json: an array of objects. All but xlsx.
std::unique_ptr<table_writer> make_text_table(const table_options &options, const std::vector<std::string> &names,
                                              text_sink out);
/// A workbook of one sheet at that path, in little memory. Throws usage_error for a row or a cell beyond what a sheet
/// can hold (1,048,576 rows, 32,767 characters), and when the file cannot be written.
std::unique_ptr<table_writer> make_workbook(const std::filesystem::path &file, const std::vector<std::string> &names);

} // namespace smelt::actions
