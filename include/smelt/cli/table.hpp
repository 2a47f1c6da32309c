#pragma once

#include "smelt/cli/terminal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smelt::cli {

/// Cells under titles, aligned. When the table is wider than the terminal the columns that may shrink are cut, the
/// widest first; what is still too long is cut at the edge, so a line never wraps.
class table {
  public:
    enum class align { left, right };
    struct column {
        std::string title;
        align side = align::left;
        std::size_t least = 0; ///< may be cut down to this many columns; 0: keeps its width
    };
    struct cell {
        cell(std::string t, style s = style::plain) : text{std::move(t)}, look{s} {}
        std::string text;
        style look;
    };
    /// A count; a faint "-" for zero.
    static cell counted(std::int64_t n, style look);

    explicit table(std::vector<column> columns) : columns_{std::move(columns)} {}
    /// As many cells as columns. Texts are made printable.
    void add(std::vector<cell> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Lines that end in newlines.
    [[nodiscard]] std::string render(const terminal &t) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(std::size_t limit) const;
    std::vector<column> columns_;
    std::vector<std::vector<cell>> rows_;
};

} // namespace smelt::cli
