#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace smelt::source {

/// Index of the first byte at or after `from` that a JSON string cannot hold as it is: a control character, " or \.
/// Else the size.
std::size_t find_special(std::string_view text, std::size_t from);

/// Appends the text as a JSON string, quotes included. The text must be UTF-8 without NUL.
void append_json_string(std::string &out, std::string_view text);

/// Index of the first byte that PostgreSQL's text cannot hold: NUL, or not UTF-8. Else npos.
std::size_t find_unstorable(std::string_view text);

} // namespace smelt::source
