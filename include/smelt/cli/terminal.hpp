#pragma once

#include "smelt/base/text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What people see: colour, widths and text that a terminal may safely be given.
namespace smelt::cli {

struct terminal {
    bool is_terminal = false;
    bool colour = false;
    std::size_t width = 0; ///< columns; 0: no limit, the output is not for a screen
};

/// Of a file descriptor. COLUMNS wins over what the terminal says; NO_COLOR (any non-empty value), --no-color and
/// TERM=dumb switch colour off.
terminal inspect_terminal(int descriptor, bool no_color);

enum class style { plain, strong, faint, good, warn, bad };

/// text between escape sequences, or as it is.
std::string paint(std::string_view text, style look, bool colour);

/// Columns that valid UTF-8 takes: 2 for wide East Asian characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

/// Lines of at most so many columns, broken at blanks where there are any; made printable. At most so many lines.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t most = std::string_view::npos);

/// At most `width` columns of text; what is cut off is replaced by "…".
std::string clip_columns(std::string_view text, std::size_t width);
/// One line of it; a terminal without a width takes any.
std::string clip_to(std::string_view line, const terminal &t);

} // namespace smelt::cli
