#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Regular expressions of PostgreSQL (its manual, "POSIX Regular Expressions"), looked at as text.
namespace smelt::config {

/// Why a pattern would not mean in PostgreSQL what it means elsewhere, for example in Python, or cannot be looked for
/// together with others.
struct foreign_pattern {
    std::string message;
    std::string hint;
};
/// Nothing where nothing of that kind stands in it. It may be wrong in other ways, which PostgreSQL tells.
std::optional<foreign_pattern> foreign_part(std::string_view pattern);

/// The same pattern with groups that capture nothing: what they hold would be worked out for each match.
std::string without_captures(std::string_view pattern);

} // namespace smelt::config
