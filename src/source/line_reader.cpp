#include "line_reader.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/text_scan.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace smelt::source {
namespace {

// Large enough that a read costs nothing per byte, small enough for the second-level cache.
constexpr std::size_t block = 256 * 1024;

} // namespace

line_reader::line_reader(const input_file &file)
    : name_{file.path.string()}, descriptor_{::open(file.absolute.c_str(), O_RDONLY | O_CLOEXEC)}, buffer_(block) {
    if (descriptor_ < 0)
        fail(0, std::string{"cannot be read: "} + std::strerror(errno));
    try {
        skip_byte_order_mark();
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

line_reader::~line_reader() {
    ::close(descriptor_);
}

void line_reader::fail(std::int64_t line, const std::string &message, const std::string &hint) const {
    throw file_error{name_, static_cast<int>(line), message, hint};
}

void line_reader::skip_byte_order_mark() {
    while (end_ < 3 && fill()) {
    }
    const std::string_view start{buffer_.data(), end_};
    if (start.substr(0, 3) == "\xEF\xBB\xBF")
        begin_ = 3;
    if (start.substr(0, 2) == "\xFF\xFE" || start.substr(0, 2) == "\xFE\xFF")
        fail(1, "the file is UTF-16, not UTF-8", "convert it: iconv -f UTF-16 -t UTF-8");
}

/// Reads one block behind what is there; false at the end of the file.
bool line_reader::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size())
        buffer_.resize(buffer_.size() * 2);
    for (;;) {
        const auto size = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
        if (size > 0)
            end_ += static_cast<std::size_t>(size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            fail(number_ + 1, std::string{"cannot be read: "} + std::strerror(errno));
        return size > 0;
    }
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
