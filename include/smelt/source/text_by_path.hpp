#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/source/reader.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace smelt::source {

/// Puts into records the text of the files that they name (source.text_file). A file that is missing, unreadable,
/// outside of the folder or no text makes its record incomplete; one that is too large skips it. Neither stops a load.
class text_by_path {
  public:
    /// is_content: whether the text counts for the content hash. Throws usage_error when the folder is not there.
    text_by_path(const config::text_file_spec &spec, const std::filesystem::path &pipeline_folder, bool is_content);

    /// A row as the last load read it, by its key: see row::hash.
    void remember(std::string_view key, std::int64_t hash);
    /// Adds the text, or says in the row why it is not there. A row of which the last load knew everything (row, size
    /// and time of the file) is only marked as the same. place: the source file, for errors. Throws file_error for a
    /// row that has a field of the text's name already.
    void complete(row &r, const std::string &place);

  private:
    struct found_file;

    /// Empty: the row says why.
    std::string path_of(row &r, const std::string &place) const;
    [[nodiscard]] found_file find(const std::string &path) const;
    void add_text(row &r, const found_file &file) const;
    [[nodiscard]] std::string limit_of(std::int64_t size) const;

    config::text_file_spec spec_;
    std::filesystem::path base_; ///< canonical
    bool is_content_;
    std::unordered_map<std::uint64_t, std::int64_t> known_; ///< hash of the key -> hash of the row
};

} // namespace smelt::source
