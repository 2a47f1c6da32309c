#pragma once

#include "smelt/json/tree.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Paths into a JSON document: "$", "$.a.b", "$.items[0].name", "$.items[*]". Nothing more of JSONPath.
namespace smelt::json_text {

struct path_step {
    std::string name;                 ///< of a member; empty: by place
    std::optional<std::size_t> index; ///< of an element; without a name and an index: each element
    [[nodiscard]] bool is_each() const { return name.empty() && !index; }
};

/// Nothing when it is no such path.
std::optional<std::vector<path_step>> parse_path(std::string_view text);

/// What a path leads to in a value, in its order; nothing where a member or element is absent.
std::vector<const node *> nodes_at(const node &value, const std::vector<path_step> &path);

/// The value by a name with dots: `a.b` is the member of that name, or the member b of the member a. A member may have
/// dots in its name; the longest that is there counts. Nullptr when it is absent, and for what is no object.
const node *find_dotted(const node &value, std::string_view name);

} // namespace smelt::json_text
