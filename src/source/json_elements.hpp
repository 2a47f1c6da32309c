#pragma once

#include "smelt/json/path.hpp"
#include "smelt/source/reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smelt::source {

/// The values of a JSON document at a path, one after the other, whatever the document's size.
class json_elements {
  public:
    struct element {
        std::string text;                ///< JSON, as the document has it
        std::optional<std::string> name; ///< of the member, where the path's last step is [*] over an object
        std::int64_t line = 0;           ///< where it begins
    };

    /// No path: the elements of the outermost array. Throws file_error when the file cannot be read.
    json_elements(const input_file &file, std::optional<std::vector<json_text::path_step>> path);
    ~json_elements();
    json_elements(const json_elements &) = delete;
    json_elements &operator=(const json_elements &) = delete;

    /// False at the end. Throws file_error for what is no JSON, and when the document has no such place.
    bool next(element &into);
    /// Of the file, once it was read to its end.
    [[nodiscard]] std::uint64_t digest() const;

  private:
    class document;
    std::unique_ptr<document> document_;
};

} // namespace smelt::source
