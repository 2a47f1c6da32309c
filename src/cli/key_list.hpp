#pragma once

#include "options.hpp"

#include "smelt/actions/record_choice.hpp"
#include "smelt/cli/commands.hpp"

namespace smelt::cli {

/// The options --key, --keys and --where.
void describe(option_set &command, key_options &a);

/// Without an option: all of them. Throws usage_error for a file that cannot be read or holds no key.
actions::record_choice records_of(const key_options &a);

} // namespace smelt::cli
