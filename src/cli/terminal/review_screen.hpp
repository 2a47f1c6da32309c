#pragma once

#include "smelt/actions/review.hpp"
#include "smelt/cli/context.hpp"

#include <string>

namespace smelt::cli {

/// Shows the answers of a session one by one and reads what a person says of each, until there is none left or the
/// person quits. Standard input and output are a terminal.
void run_review(actions::review_session &session, const std::string &pipeline, context &c);

} // namespace smelt::cli
