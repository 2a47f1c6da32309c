#pragma once

#include "options.hpp"

#include "smelt/actions/record_choice.hpp"
#include "smelt/cli/commands.hpp"

#include <iosfwd>

namespace smelt::cli {

/// The options --key, --keys and --where.
void describe(option_set &command, key_options &a);

/// Without an option: all of them. Throws usage_error for a file that cannot be read or holds no key.
actions::record_choice records_of(const key_options &a);

/// "3 items are to be sent again, and up to 2 that depend on them."; nothing of nothing.
void write_again(std::ostream &out, const actions::asked_again &again);

} // namespace smelt::cli
