#pragma once

#include <string>

namespace smelt::cli {

/// Whose verdicts they are: the name given with --reviewer, else the user's on this machine.
std::string reviewer_name(const std::string &given);

} // namespace smelt::cli
