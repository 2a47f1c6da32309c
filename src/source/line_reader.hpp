#pragma once

#include "file_bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// The physical lines of a file in flat memory, each checked for UTF-8 and NUL.
class line_reader {
  public:
    explicit line_reader(const input_file &file);

    /// False at the end. The line ends with its "\n" unless it is the last one; it is valid until the next call.
    bool next(std::string_view &line);
    /// Of the file, once it was read to its end (see file_bytes).
    [[nodiscard]] std::uint64_t digest() const { return bytes_.digest(); }
    /// 1-based number of the line that next() gave last.
    [[nodiscard]] std::int64_t number() const { return number_; }
    [[noreturn]] void fail(std::int64_t line, const std::string &message, const std::string &hint = {}) const {
        bytes_.fail(line, message, hint);
    }

  private:
    bool fill();
    void check(std::string_view line) const;

    file_bytes bytes_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; ///< of what is not given out yet
    std::size_t end_ = 0;   ///< of what was read
    bool at_end_ = false;
    std::int64_t number_ = 0;
};

} // namespace smelt::source
