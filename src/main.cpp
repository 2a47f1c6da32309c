#include "smelt/cli/command_line.hpp"
#include "smelt/core/failpoint.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

int main(int argc, char **argv) {
    // A reader that goes away is noticed where we write; a server that does must never end the process.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        smelt::read_failpoints(std::getenv("SMELT_FAILPOINTS"));
        const std::vector<std::string> arguments{argv + (argc > 0 ? 1 : 0), argv + argc};
        return static_cast<int>(smelt::cli::run_command_line(arguments, std::cout, std::cerr));
    } catch (...) {
        return static_cast<int>(smelt::cli::report_exception(std::cerr));
    }
}
