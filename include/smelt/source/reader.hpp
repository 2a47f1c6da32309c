#pragma once

#include "smelt/config/pipeline.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
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
    std::int64_t ctime_ns = 0; ///< when the file was changed or put there, which no copying tool sets back
};

/// Of a file's content, as reader::digest.
std::uint64_t content_digest(const input_file &file);

/// One record of the source.
struct row {
    std::string key;
    std::string fields;       ///< JSON object text, storable as jsonb
    std::string content_hash; ///< 64 hex digits over the content fields only
    std::int64_t line = 0;    ///< 1-based line where the record begins
    // With source.text_file:
    std::optional<std::string> incomplete; ///< what it names and has not
    std::optional<std::string> skip;       ///< the limit that it exceeds
    std::optional<std::int64_t> hash;      ///< of the row as read, and of size and time of the file that it names
    bool same = false;                     ///< as the last load read it; `fields` is empty then
    /// With source.again: "COLUMN=VERSION" of a row that asks to be sent again, "COLUMN=" of one that does not.
    std::optional<std::string> again_version;
};

/// The files that the patterns match, sorted, each once. Throws usage_error when a pattern matches nothing.
std::vector<input_file> list_files(const config::source_spec &spec, const std::filesystem::path &folder);

class reader {
  public:
    virtual ~reader() = default;
    /// False at the end. Throws file_error (file, line, reason) for anything broken: not UTF-8, NUL, no key, bad
    /// quoting, a row with more or fewer columns than the header, JSON that is not an object, ...
    virtual bool next(row &into) = 0;
    /// The names of the fields that have come so far, in the order in which the file shows them.
    [[nodiscard]] virtual std::vector<std::string> columns() const = 0;
    /// After the last row: stands for the content of the file; two files of one digest are the same.
    [[nodiscard]] virtual std::uint64_t digest() const = 0;
    /// After the last row: what a person should know about the file, a sentence each.
    [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }
};

class known_rows;
class object_row;

/// Whether a field is one of the content fields: by its name, or where "*" is one of them, unless "-NAME" is, too.
bool is_content(const std::set<std::string> &content_fields, std::string_view name);

/// content_fields: the fields that make the content hash (source.content, else what the templates name). known: rows
/// that it has seen are left out, and the others are added to it; it outlives the reader. Null: every row is given.
std::unique_ptr<reader> open_reader(const config::source_spec &spec, const input_file &file,
                                    const std::set<std::string> &content_fields, known_rows *known = nullptr);

/// Makes records of the rows of a query.
class query_rows {
  public:
    /// where: for errors.
    query_rows(const config::source_spec &spec, const std::set<std::string> &content_fields, std::string where);
    ~query_rows();
    query_rows(const query_rows &) = delete;
    query_rows &operator=(const query_rows &) = delete;

    /// The text is a row as a JSON object. Throws file_error as reader::next does.
    row read(std::string_view object_json);

  private:
    std::unique_ptr<object_row> rows_;
    std::string where_;
    std::int64_t number_ = 0;
};

} // namespace smelt::source
