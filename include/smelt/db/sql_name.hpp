#pragma once

#include <string>
#include <string_view>

namespace smelt::db {

/// A name as SQL text, in double quotes.
std::string quoted_name(std::string_view name);

} // namespace smelt::db
