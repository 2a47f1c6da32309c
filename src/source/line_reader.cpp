#include "line_reader.hpp"

#include "smelt/json/text_scan.hpp"

#include <fmt/format.h>

#include <cstring>

namespace smelt::source {
namespace {

// Large enough that a read costs nothing per byte, small enough for the second-level cache.
constexpr std::size_t block = 256 * 1024;

} // namespace

line_reader::line_reader(const input_file &file) : bytes_{file}, buffer_(block) {}

/// Reads one block behind what is there; false at the end of the file.
bool line_reader::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size())
        buffer_.resize(buffer_.size() * 2);
    const auto size = bytes_.read(buffer_.data() + end_, buffer_.size() - end_, number_ + 1);
    end_ += size;
    return size > 0;
}

bool line_reader::next(std::string_view &line) {
    std::size_t searched = 0;
    for (;;) {
        const std::string_view rest{buffer_.data() + begin_, end_ - begin_};
        const auto at = rest.find('\n', searched);
        if (at == std::string_view::npos && !at_end_) {
            if (rest.size() > longest_row)
                fail(number_ + 1, "the line is longer than 64 MB",
                     "one record per line; is this the right kind of file?");
            searched = rest.size();
            at_end_ = !fill();
            continue;
        }
        if (rest.empty())
            return false;
        line = rest.substr(0, at == std::string_view::npos ? at : at + 1);
        begin_ += line.size();
        ++number_;
        check(line);
        return true;
    }
}

void line_reader::check(std::string_view line) const {
    const auto bad = json_text::find_unstorable(line);
    if (bad == std::string_view::npos)
        return;
    if (line[bad] == '\0')
        fail(number_, fmt::format("NUL at byte {} of the line", bad + 1),
             "PostgreSQL's text cannot hold it; is this a text file?");
    fail(number_,
         fmt::format("not UTF-8: byte {} of the line is 0x{:02X}", bad + 1, static_cast<unsigned char>(line[bad])),
         "convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8");
}

} // namespace smelt::source
