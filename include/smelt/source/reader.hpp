#pragma once

#include "smelt/config/pipeline.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// Readers of records, one row at a time in flat memory.
namespace smelt::source {

/// A file as it stood when it was listed; unchanged size and mtime mean that it is not read again.
struct input_file {
    std::filesystem::path path; ///< as shown to people: relative to the pipeline's folder when inside it
    std::filesystem::path absolute;
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
};

/// One record of the source.
struct row {
    std::string key;
    std::string fields;       ///< JSON object text, storable as jsonb
    std::string content_hash; ///< 64 hex digits over the content fields only
    std::int64_t line = 0;    ///< 1-based line where the record begins
};

/// The files that the patterns match, sorted, each once. Throws usage_error when a pattern matches nothing.
std::vector<input_file> list_files(const config::source_spec &spec, const std::filesystem::path &folder);

class reader {
  public:
    virtual ~reader() = default;
    /// False at the end. Throws file_error (file, line, reason) for anything broken: not UTF-8, NUL, no key, bad
    /// quoting, a row with more or fewer columns than the header, JSON that is not an object, ...
    virtual bool next(row &into) = 0;
};

class known_rows;

/// Whether a field is one of the content fields: by its name, or where "*" is one of them, unless "-NAME" is, too.
bool is_content(const std::set<std::string> &content_fields, std::string_view name);

/// content_fields: the fields that make the content hash (source.content, else what the templates name). known: rows
/// that it has seen are left out, and the others are added to it; it outlives the reader. Null: every row is given.
std::unique_ptr<reader> open_reader(const config::source_spec &spec, const input_file &file,
                                    const std::set<std::string> &content_fields, known_rows *known = nullptr);

/// The row for one JSON object: what the jsonl reader does with each line and the sql source with each result row.
/// `where` and `line` are for errors.
row row_from_object(std::string_view object_json, const config::key_spec &key,
                    const std::set<std::string> &content_fields, const std::string &where, std::int64_t line);

} // namespace smelt::source
