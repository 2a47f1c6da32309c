#pragma once

#include "smelt/cli/context.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smelt::cli {

/// What the arguments ask for: text to print (help, version), or a command to run.
struct invocation {
    global_options global;
    std::string command;                         ///< "run", "db"; empty when only text is asked for
    std::string text;                            ///< for standard output; empty when there is a command
    std::function<exit_code(context &)> execute; ///< reads its own copy of the arguments
};

/// arguments without the program's name. Throws usage_error for what it does not understand, with the nearest known
/// word.
invocation parse_command_line(const std::vector<std::string> &arguments);

/// Parses, sets up logging and runs. Errors come out as exceptions: report_exception is their only translator.
exit_code run_command_line(const std::vector<std::string> &arguments, std::ostream &out, std::ostream &err);

/// To be called in a catch block: prints "smelt: message" and "  hint: ..." and returns the exit code.
exit_code report_exception(std::ostream &err);

/// The same, and in the log, too, where that is kept in a file.
exit_code report_logged(context &c);

} // namespace smelt::cli
