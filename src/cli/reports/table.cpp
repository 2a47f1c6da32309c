#include "smelt/cli/table.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace smelt::cli {
namespace {

constexpr std::string_view gap = "  ";

std::size_t total_width(const std::vector<std::size_t> &widths) {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + gap.size() * (widths.size() - 1);
}

/// Appends cells to a line until the edge; padding is never painted and never ends a line.
class line_writer {
  public:
    line_writer(std::string &out, const terminal &t) : out_{out}, terminal_{t} {}

    void cell(std::string_view text, style look, table::align side, std::size_t width) {
        const auto shown = clip_columns(text, width);
        const auto padding = width - display_width(shown);
        if (side == table::align::right)
            blanks_ += padding;
        put(shown, look);
        if (side == table::align::left)
            blanks_ += padding;
        blanks_ += gap.size();
    }
    void end() { out_ += '\n'; }

  private:
    void put(const std::string &text, style look) {
        if (text.empty() || full_)
            return;
        const auto limit = terminal_.width;
        if (limit != 0 && used_ + blanks_ >= limit) {
            full_ = true;
            return;
        }
        out_.append(blanks_, ' ');
        used_ += blanks_;
        blanks_ = 0;
        const auto shown = limit == 0 ? text : clip_columns(text, limit - used_);
        full_ = shown != text;
        out_ += paint(shown, look, terminal_.colour);
        used_ += display_width(shown);
    }

    std::string &out_;
    const terminal &terminal_;
    std::size_t used_ = 0, blanks_ = 0;
    bool full_ = false;
};

} // namespace

void table::add(std::vector<cell> row) {
    if (row.size() != columns_.size())
        throw std::logic_error{"a table row has another number of cells than the table has columns"};
    for (auto &c : row)
        c.text = printable(c.text);
    rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::widths(std::size_t limit) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto width = display_width(columns_[i].title);
        for (const auto &row : rows_)
            width = std::max(width, display_width(row[i].text));
        widths.push_back(width);
    }
    while (limit != 0 && total_width(widths) > limit) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i].least > 0 && widths[i] > columns_[i].least &&
                (widest == columns_.size() || widths[i] > widths[widest]))
                widest = i;
        if (widest == columns_.size())
            break;
        --widths[widest];
    }
    return widths;
}

std::string table::render(const terminal &t) const {
    const auto width = widths(t.width);
    std::string out;
    line_writer head{out, t};
    for (std::size_t i = 0; i < columns_.size(); ++i)
        head.cell(columns_[i].title, style::strong, columns_[i].side, width[i]);
    head.end();
    for (const auto &row : rows_) {
        line_writer line{out, t};
        for (std::size_t i = 0; i < row.size(); ++i)
            line.cell(row[i].text, row[i].look, columns_[i].side, width[i]);
        line.end();
    }
    return out;
}

table::cell table::counted(std::int64_t n, style look) {
    return {n == 0 ? "-" : group_digits(n), n == 0 ? style::faint : look};
}

} // namespace smelt::cli
