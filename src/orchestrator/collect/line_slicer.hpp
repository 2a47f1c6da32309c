#pragma once

#include "result_lines.hpp"

namespace smelt::orchestrator {

/// Cuts a byte stream into slices of whole lines, bounded by lines and bytes, each knowing its place in the file.
class line_slicer {
  public:
    line_slicer(store::checkpoint from, std::int64_t max_lines, std::int64_t max_bytes);

    void feed(std::string_view bytes);
    /// A full slice, or empty while there is none.
    std::optional<raw_slice> take();
    /// What is left at the end of the file, as the last slice; its checkpoint is the end of the file.
    raw_slice finish();
    /// The file's last line has no newline.
    [[nodiscard]] bool cut_short() const { return cut_short_; }

  private:
    raw_slice cut(std::size_t size, std::int64_t lines);

    store::checkpoint at_;
    std::int64_t max_lines_, max_bytes_;
    std::string buffer_;
    std::size_t scanned_ = 0; ///< bytes of the buffer that were searched for newlines
    std::size_t whole_ = 0;   ///< bytes of the buffer up to the last newline seen
    std::int64_t whole_lines_ = 0;
    bool cut_short_ = false;
};

} // namespace smelt::orchestrator
