#include "line_slicer.hpp"

#include <algorithm>

namespace smelt::orchestrator {

line_slicer::line_slicer(store::checkpoint from, std::int64_t max_lines, std::int64_t max_bytes)
    : at_{from}, max_lines_{max_lines}, max_bytes_{max_bytes} {}

void line_slicer::feed(std::string_view bytes) {
    buffer_.append(bytes);
}

std::optional<raw_slice> line_slicer::take() {
    while (scanned_ < buffer_.size()) {
        const auto newline = buffer_.find('\n', scanned_);
        if (newline == std::string::npos) {
            scanned_ = buffer_.size();
            break;
        }
        scanned_ = whole_ = newline + 1;
        ++whole_lines_;
        if (whole_lines_ >= max_lines_ || static_cast<std::int64_t>(whole_) >= max_bytes_)
            return cut(whole_, whole_lines_);
    }
    return std::nullopt;
}

raw_slice line_slicer::finish() {
    cut_short_ = whole_ < buffer_.size();
    auto last = cut(buffer_.size(), whole_lines_ + (cut_short_ ? 1 : 0));
    last.open_end = cut_short_;
    return last;
}

raw_slice line_slicer::cut(std::size_t size, std::int64_t lines) {
    raw_slice slice;
    slice.from = at_;
    at_.offset += static_cast<std::int64_t>(size);
    at_.line += lines;
    slice.to = at_;
    std::string rest = buffer_.substr(size);
    buffer_.resize(size);
    slice.bytes = std::exchange(buffer_, std::move(rest));
    scanned_ = whole_ = 0;
    whole_lines_ = 0;
    return slice;
}

} // namespace smelt::orchestrator
