#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smelt::store {

/// A pattern of RE2 that is found in every text in which this pattern of PostgreSQL (an advanced regular expression) is
/// found, and in few others. Boundaries and looks ahead and behind are left out; where a class of characters stands,
/// any character beyond ASCII may be. Nothing for what has no such pattern.
std::optional<std::string> loose_pattern(std::string_view pattern, bool ignore_case);

} // namespace smelt::store
