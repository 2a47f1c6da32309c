#include "smelt/cli/terminal.hpp"

#include <charconv>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace smelt::cli {
namespace {

std::string_view environment(const char *name) {
    const char *value = std::getenv(name);
    return value ? value : "";
}

std::size_t terminal_width(int descriptor, bool is_terminal) {
    const auto text = environment("COLUMNS");
    std::size_t columns = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), columns);
    if (ec == std::errc{} && end == text.data() + text.size() && columns > 0)
        return columns;
    winsize size{};
    if (is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return is_terminal ? 80 : 0;
}

const char *code_of(style look) {
    switch (look) {
    case style::strong:
        return "\x1b[1m";
    case style::faint:
        return "\x1b[2m";
    case style::good:
        return "\x1b[32m";
    case style::warn:
        return "\x1b[33m";
    case style::bad:
        return "\x1b[31m";
    case style::plain:
        break;
    }
    return "";
}

} // namespace

terminal inspect_terminal(int descriptor, bool no_color) {
    terminal t;
    t.is_terminal = ::isatty(descriptor) == 1;
    t.colour = t.is_terminal && !no_color && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    t.width = terminal_width(descriptor, t.is_terminal);
    return t;
}

std::string paint(std::string_view text, style look, bool colour) {
    if (!colour || look == style::plain || text.empty())
        return std::string{text};
    return code_of(look) + std::string{text} + "\x1b[0m";
}

} // namespace smelt::cli
