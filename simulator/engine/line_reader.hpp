#pragma once

#include "simulator/disk.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// One line of an input file.
struct input_line {
    std::string_view text;   ///< without the line end
    std::int64_t number = 0; ///< 1-based
};

/// Reads a file block by block. A block holds whole lines; a line longer than a block makes one of its own.
class line_reader {
  public:
    explicit line_reader(const std::filesystem::path &path) : file_{open_file(path, "rb")} {}

    /// The next lines that are not blank, valid until the next call. False at the end.
    bool next(std::vector<input_line> &lines);

  private:
    bool fill();

    file_handle file_;
    std::string buffer_;
    std::size_t used_ = 0; ///< bytes of buffer_ that were handed out
    std::int64_t number_ = 0;
    bool ended_ = false;
};

} // namespace smelt::sim
