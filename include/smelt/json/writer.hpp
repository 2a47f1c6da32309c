#pragma once

#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>

namespace smelt::json_text {

/// Appends the value as compact JSON; numbers as written. Depth costs heap, not stack.
void append_json(std::string &out, const node &value);

/// Appends the text as a JSON string, quotes included. Every control character is escaped; all else passes unchanged,
/// and must be UTF-8.
void append_json_string(std::string &out, std::string_view text);

} // namespace smelt::json_text
