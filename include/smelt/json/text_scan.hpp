#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace smelt::json_text {

/// Index of the first byte at or after `from` that a JSON string cannot hold as it is: a control character, " or \.
/// Else the size.
std::size_t find_special(std::string_view text, std::size_t from);

/// Index of the first byte that PostgreSQL's text cannot hold: NUL, or not UTF-8. Else npos.
std::size_t find_unstorable(std::string_view text);

} // namespace smelt::json_text
