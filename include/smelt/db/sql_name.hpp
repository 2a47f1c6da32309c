#pragma once

#include <string>
#include <string_view>

namespace smelt::db {

/// A name as SQL text, in double quotes.
std::string quoted_name(std::string_view name);
/// A text as SQL text, in single quotes: for what cannot be a parameter, as in a view.
std::string quoted_text(std::string_view text);

} // namespace smelt::db
