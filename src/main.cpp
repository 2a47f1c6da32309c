#include "smelt/cli/command_line.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/failpoints.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <malloc.h>

int main(int argc, char **argv) {
    // A reader that goes away is noticed where we write; a server that does must never end the process.
    std::signal(SIGPIPE, SIG_IGN);
    // A heap per thread would keep what each slice has freed (docs/benchmarks.md has the difference).
    mallopt(M_ARENA_MAX, 2);
    try {
        smelt::read_failpoints(std::getenv("SMELT_FAILPOINTS"),
                               {smelt::store::failpoints, smelt::orchestrator::failpoints});
        const std::vector<std::string> arguments{argv + (argc > 0 ? 1 : 0), argv + argc};
        return static_cast<int>(smelt::cli::run_command_line(arguments, std::cout, std::cerr));
    } catch (...) {
        return static_cast<int>(smelt::cli::report_exception(std::cerr));
    }
}
