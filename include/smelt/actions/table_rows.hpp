#pragma once

#include "smelt/json/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::actions {

/// A row of a table in a file: a JSON object, of a CSV file one of texts.
struct table_row {
    std::int64_t line = 0;
    const json_text::node *object = nullptr; ///< valid during the call

    /// A member as text: strings without quotes, null and what is not there as nothing, all else as JSON.
    [[nodiscard]] std::string text(std::string_view name) const;
};

/// Calls each for every row of a CSV, JSON or JSONL file, whose shape is found out. Returns the names of its columns.
/// Throws file_error, and usage_error for a file without rows.
std::vector<std::string> for_each_row(const std::filesystem::path &file,
                                      const std::function<void(const table_row &)> &each);

} // namespace smelt::actions
