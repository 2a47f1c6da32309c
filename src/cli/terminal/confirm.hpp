#pragma once

#include "smelt/cli/context.hpp"

#include <string>

namespace smelt::cli {

/// Asks "question [y/N]" on standard error and reads a line. Without a terminal nobody can answer: throws usage_error
/// that names --yes.
bool confirm(context &c, const std::string &question);

} // namespace smelt::cli
