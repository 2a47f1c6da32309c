#include "smelt/cli/command_line.hpp"

#include <csignal>
#include <iostream>

int main(int argc, char **argv) {
    // A reader that goes away is noticed where we write; a server that does must never end the process.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const std::vector<std::string> arguments{argv + (argc > 0 ? 1 : 0), argv + argc};
        return static_cast<int>(smelt::cli::run_command_line(arguments, std::cout, std::cerr));
    } catch (...) {
        return static_cast<int>(smelt::cli::report_exception(std::cerr));
    }
}
