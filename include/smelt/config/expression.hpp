#pragma once

#include "smelt/base/json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The SQL booleans of a pipeline file, looked at as text: which members of `output` or `tasks` they name. PostgreSQL
/// alone evaluates them.
namespace smelt::config {

using member_path = std::vector<std::string>;

/// Members of a value, `output` or `tasks`, that an expression names by ->, ->>, #> or #>> and constants:
/// output->'a'->>'b' is {"a", "b"}. Each once, in their order.
std::vector<member_path> members_of(std::string_view sql, std::string_view name);

/// "a.b[0]"
std::string to_text(const member_path &path);

/// Why no output of this schema can have the member.
struct impossible_member {
    std::string message;
    std::string hint; ///< the nearest name
};
/// Nothing when it can, or when that is not known (an object that is open for any name, a condition, ...). schema: a
/// JSON Schema, or null for a task whose output is a text.
std::optional<impossible_member> why_impossible(const json &schema, const member_path &path);

} // namespace smelt::config
