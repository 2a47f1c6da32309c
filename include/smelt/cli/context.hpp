#pragma once

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/cli/terminal.hpp"

#include <iosfwd>
#include <string>

namespace smelt::cli {

/// Options that every command takes.
struct global_options {
    std::string db;
    std::string log_level; ///< empty: info, or warn while a progress bar is drawn
    std::string log_format = "text";
    std::string log_file;
    bool no_color = false;
};

/// What a command talks to. Tables and documents go to out, everything about the work itself to err.
struct context {
    const global_options &global;
    std::ostream &out;
    std::ostream &err;
    terminal out_terminal;
    terminal err_terminal;
    bool can_ask = false; ///< standard input is a terminal
};

/// The reader of our output is gone (`smelt export | head`): the command ends without a word.
class reader_gone : public error {
  public:
    reader_gone() : error{"the reader of the output is gone"} {}
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::ok; }
};

} // namespace smelt::cli
