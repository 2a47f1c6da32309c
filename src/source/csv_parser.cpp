#include "csv_parser.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace smelt::source {
namespace {

/// libcsv would drop blanks around cells; a load must not change the text.
int no_space(unsigned char) {
    return 0;
}

std::string_view without_end(std::string_view line) {
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

constexpr const char *quoting = "a cell that holds the delimiter, a quote or a line break is \"quoted\", and a quote "
                                "in it is written \"\"; where quotes are "
                                "part of the text, as in many files with tabs, set source.quote: none";
constexpr const char *line_ends = "convert the line ends to LF or CRLF, or quote the cell";

} // namespace

row_parser::row_parser(const input_file &file, char delimiter, bool quotes)
    : lines_{file}, delimiter_{delimiter}, quotes_{quotes} {
    if (::csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0)
        throw std::runtime_error{"libcsv cannot be initialised"};
    ::csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    ::csv_set_space_func(&parser_, no_space);
    ::csv_set_blk_size(&parser_, 64 * 1024); // it grows by this much at a time
}

row_parser::~row_parser() {
    ::csv_free(&parser_);
}

void row_parser::on_cell(void *cell, std::size_t size, void *self) noexcept {
    auto &parser = *static_cast<row_parser *>(self);
    parser.text_.append(static_cast<const char *>(cell), size);
    parser.ends_.push_back(parser.text_.size());
}

void row_parser::on_row(int, void *self) noexcept {
    ++static_cast<row_parser *>(self)->rows_;
}

bool row_parser::next() {
    do {
        if (!next_row())
            return false;
    } while (known_ != nullptr && !lines_text_.empty() && known_->seen(lines_text_));
    return true;
}

/// A row of one line is looked up before it is parsed: whether a line is a whole row depends on nothing but its text.
bool row_parser::next_row() {
    text_.clear();
    ends_.clear();
    rows_ = 0;
    row_size_ = 0;
    lines_text_.clear();
    std::string_view line;
    while (lines_.next(line)) {
        const auto content = without_end(line);
        if (!open_ && (content.empty() || (known_ != nullptr && known_->seen(content))))
            continue;
        if (!open_)
            line_ = lines_.number();
        // A line without quotes needs no state machine, and most lines of most files are such.
        if (!open_ && (!quotes_ || std::memchr(content.data(), '"', content.size()) == nullptr)) {
            split(content);
            return true;
        }
        const bool is_first = !open_;
        if (known_ != nullptr)
            lines_text_ += line;
        feed(line);
        if (open_)
            continue;
        if (is_first)
            lines_text_.clear();
        return true;
    }
    if (!open_)
        return false;
    finish();
    return true;
}

void row_parser::split(std::string_view line) {
    if (line.find('\r') != std::string_view::npos)
        fail("a carriage return inside of a line", line_ends);
    for (std::size_t at = 0;;) {
        const auto end = std::min(line.find(delimiter_, at), line.size());
        text_.append(line.data() + at, end - at);
        ends_.push_back(text_.size());
        if (end == line.size())
            return;
        at = end + 1;
    }
}

void row_parser::feed(std::string_view line) {
    row_size_ += line.size();
    if (row_size_ > longest_row)
        fail("the row is longer than 64 MB: a quote that is opened here may never be closed", quoting);
    if (::csv_parse(&parser_, line.data(), line.size(), on_cell, on_row, this) != line.size())
        lines_.fail(lines_.number(), "bad quoting in the row that begins on line " + std::to_string(line_), quoting);
    open_ = rows_ == 0;
    if (!open_)
        check_one_row();
}

/// A lone carriage return ends a row for libcsv, and another one may already have begun behind it.
void row_parser::check_one_row() const {
    constexpr int row_not_begun = 0; // libcsv's own name for this state
    if (rows_ > 1 || parser_.pstate != row_not_begun)
        fail("a carriage return inside of a line", line_ends);
}

void row_parser::finish() {
    open_ = false;
    if (::csv_fini(&parser_, on_cell, on_row, this) != 0)
        fail("a quote that is opened in this row is never closed", quoting);
}

} // namespace smelt::source
