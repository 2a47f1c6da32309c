#pragma once

#include "smelt/config/pipeline.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace smelt::source {

/// A field of a file, as its records show it.
struct sketched_field {
    std::string name;         ///< with a dot where it stands inside of another
    std::int64_t present = 0; ///< records that have it
    std::int64_t filled = 0;  ///< records in which it is neither empty nor null
    std::int64_t bytes = 0;   ///< of all its values together
    bool is_key = true;       ///< every record has another short value
    [[nodiscard]] std::int64_t mean_bytes() const { return filled == 0 ? 0 : bytes / filled; }
};

/// What a file of unknown shape seems to be.
struct sketch {
    config::source_spec source;         ///< kind, delimiter, quotes, path to the records, and key
    std::vector<sketched_field> fields; ///< text, numbers and booleans, in the order of the file
    std::int64_t records = 0;           ///< that were looked at
    bool is_whole = true;               ///< all of the file's
};

/// Looks at a CSV, JSON or JSONL file. Throws file_error for one that cannot be read as any of them, and usage_error
/// for one without records.
sketch sketch_file(const std::filesystem::path &file);

} // namespace smelt::source
