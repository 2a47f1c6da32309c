#pragma once

#include "smelt/actions/export_columns.hpp"
#include "smelt/actions/table_writer.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::actions {

/// What a person reads in the cell: texts without the quotes of JSON.
std::string text_of(const cell &value);

/// Turns a record and its answers into the cells of its row.
class export_cells {
  public:
    export_cells(std::vector<export_column> columns, std::size_t tasks);

    /// expressions: by column of that kind, in their order, JSON text of their values. The cells are valid until the
    /// next call.
    const std::vector<cell> &of(const store::export_record &record, const std::vector<std::string> &expressions);

  private:
    void split(const std::string &object, const std::map<std::string, std::size_t, std::less<>> &places);
    static cell value_of(const export_column &column, const store::export_record &record);

    std::vector<export_column> columns_;
    std::map<std::string, std::size_t, std::less<>> fields_;               ///< places in values_
    std::vector<std::map<std::string, std::size_t, std::less<>>> outputs_; ///< by task
    std::vector<std::size_t> place_;                                       ///< by column
    std::vector<std::string> values_; ///< members of the record's fields and of the answers, JSON text
    std::vector<cell> cells_;
};

} // namespace smelt::actions
