#include "line_reader.hpp"

#include <cerrno>
#include <system_error>

namespace smelt::sim {

namespace {
// Answers are shuffled within a block; small enough to stay in the cache, large enough to be shuffled.
constexpr std::size_t block_size = 1024 * 1024;
} // namespace

bool line_reader::fill() {
    buffer_.erase(0, used_);
    used_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + block_size);
    const std::size_t got = std::fread(buffer_.data() + kept, 1, block_size, file_.get());
    if (got < block_size && std::ferror(file_.get()) != 0)
        throw std::system_error{errno, std::generic_category(), "cannot read the input file"};
    buffer_.resize(kept + got);
    ended_ = got == 0;
    return got > 0;
}

bool line_reader::next(std::vector<input_line> &lines) {
    lines.clear();
    while (lines.empty()) {
        if (ended_ && used_ == buffer_.size())
            return false;
        if (!ended_)
            fill();
        const std::string_view text = buffer_;
        while (used_ < text.size()) {
            auto end = text.find('\n', used_);
            if (end == std::string_view::npos && !ended_)
                break;
            auto line = text.substr(used_, end == std::string_view::npos ? end : end - used_);
            used_ = end == std::string_view::npos ? text.size() : end + 1;
            ++number_;
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            if (line.find_first_not_of(" \t") != std::string_view::npos)
                lines.push_back({line, number_});
        }
    }
    return true;
}

} // namespace smelt::sim
