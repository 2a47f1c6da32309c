#pragma once

#include "smelt/cli/context.hpp"

namespace smelt::cli {

/// What takes room in the database in use, by table and by pipeline, and what retention would free.
exit_code show_size(context &c);

} // namespace smelt::cli
