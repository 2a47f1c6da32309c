#pragma once

#include "smelt/source/reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// No row is longer than this: far above any prompt, far below what PostgreSQL can hold in one jsonb.
constexpr std::size_t longest_row = 64'000'000;

/// The physical lines of a file in flat memory, each checked for UTF-8 and NUL. A byte order mark is left out.
class line_reader {
  public:
    explicit line_reader(const input_file &file);
    ~line_reader();
    line_reader(const line_reader &) = delete;
    line_reader &operator=(const line_reader &) = delete;

    /// False at the end. The line ends with its "\n" unless it is the last one; it is valid until the next call.
    bool next(std::string_view &line);
    /// 1-based number of the line that next() gave last.
    [[nodiscard]] std::int64_t number() const { return number_; }
    [[noreturn]] void fail(std::int64_t line, const std::string &message, const std::string &hint = {}) const;

  private:
    bool fill();
    void skip_byte_order_mark();
    void check(std::string_view line) const;

    std::string name_;
    int descriptor_ = -1;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; ///< of what is not given out yet
    std::size_t end_ = 0;   ///< of what was read
    bool at_end_ = false;
    std::int64_t number_ = 0;
};

} // namespace smelt::source
