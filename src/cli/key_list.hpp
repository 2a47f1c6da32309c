#pragma once

#include "options.hpp"

#include "smelt/cli/commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::cli {

/// The options --key and --keys.
void describe(option_set &command, key_options &a);

/// Nothing: all of them. Throws usage_error for a file that cannot be read or holds no key.
std::optional<std::vector<std::string>> keys_of(const key_options &a);

} // namespace smelt::cli
