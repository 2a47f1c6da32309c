#pragma once

#include "smelt/config/pipeline.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace smelt::source {

/// A field of a file, as its records show it.
struct sketched_field {
    std::string name;           ///< with a dot where it stands inside of another
    std::int64_t present = 0;   ///< records that have it, and not null
    std::int64_t filled = 0;    ///< records in which it is not empty either
    std::int64_t bytes = 0;     ///< of all its values together
    bool is_key = true;         ///< every record has another short value
    bool is_called_key = false; ///< id, code, …: what it identifies is beside it
    bool repeats = false;       ///< two records have the same value
    bool is_word = true;        ///< no value holds a blank
    bool is_nested = false;     ///< some values are lists or objects
    bool is_boolean = false;    ///< some values are true or false
    [[nodiscard]] std::int64_t mean_bytes() const { return filled == 0 ? 0 : bytes / filled; }
};

/// What a file of unknown shape seems to be.
struct sketch {
    config::source_spec source;         ///< kind, delimiter, quotes, path to the records, and key
    std::vector<sketched_field> fields; ///< in the order of the file
    std::string why_no_key;             ///< of a field that is called like a key and is none; empty: there is none
    std::int64_t records = 0;           ///< that were looked at
    bool is_whole = true;               ///< all of the file's
};

/// Looks at a CSV, JSON or JSONL file. Throws file_error for one that cannot be read as any of them, and usage_error
/// for one without records.
sketch sketch_file(const std::filesystem::path &file);

} // namespace smelt::source
