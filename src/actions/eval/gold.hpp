#pragma once

#include "smelt/actions/eval.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// A row of the gold file: what it is about, and its labels by field; empty: it has none.
struct gold_row {
    std::int64_t line = 0;
    std::string about;
    std::vector<std::string> labels;
};

/// The names of the file's columns.
std::vector<std::string> gold_columns(const std::filesystem::path &file);

/// Rows with what column `about` holds and the labels of these columns.
std::vector<gold_row> read_gold(const std::filesystem::path &file, const std::string &about,
                                const std::vector<compared_field> &fields);

/// One label per field of each thing that rows are about: what all its rows say, or most of them. Ties are noted and
/// left out.
struct gold_labels {
    std::string about;
    std::int64_t line = 0; ///< the first about it
    std::vector<std::optional<std::string>> labels;
};
std::vector<gold_labels> resolve_gold(const std::vector<gold_row> &rows, const std::vector<compared_field> &fields,
                                      evaluation_report &report);

} // namespace smelt::actions
