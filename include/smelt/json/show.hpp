#pragma once

#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>

namespace smelt::json_text {

/// A value in a few characters: "abc", 3, null, an array of 4, an object.
std::string shown(const node &value);
std::string in_quotes(std::string_view text);

} // namespace smelt::json_text
