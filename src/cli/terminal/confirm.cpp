#include "confirm.hpp"

#include <iostream>

namespace smelt::cli {

bool confirm(context &c, const std::string &question) {
    if (!c.can_ask)
        throw usage_error{"nobody can be asked: standard input is not a terminal", "say --yes to go on without asking"};
    c.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

} // namespace smelt::cli
