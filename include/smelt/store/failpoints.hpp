#pragma once

#include "smelt/base/failpoint.hpp"

#include <array>

namespace smelt::store {

/// Inside of transactions that the store itself makes up of several statements.
inline constexpr std::array failpoints = std::to_array<std::string_view>({
    "apply.before_attempts",
    "apply.before_items",
    "forget.before_removal",
});

using failpoint_name = failpoint_of<failpoints>;

inline void failpoint(failpoint_name name) {
    pass_failpoint(name.text);
}

} // namespace smelt::store
