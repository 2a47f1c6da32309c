#pragma once

#include "smelt/json/tree.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace smelt::json_text {

/// Appends the value as compact JSON; numbers as written. Depth costs heap, not stack.
void append_json(std::string &out, const node &value);

/// The same, with other text in the place of some values: `instead` gives it, or nullptr.
void append_json(std::string &out, const node &value, const std::function<const std::string *(const node &)> &instead);

/// Appends the text as a JSON string, quotes included. Every control character is escaped; all else passes unchanged,
/// and must be UTF-8.
void append_json_string(std::string &out, std::string_view text);

} // namespace smelt::json_text
