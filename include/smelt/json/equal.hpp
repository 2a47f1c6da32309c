#pragma once

#include "smelt/json/tree.hpp"

namespace smelt::json_text {

/// Equality of JSON Schema: numbers by value (1 and 1.0 are equal), objects without regard to order.
bool equal(const node &a, const node &b);
/// Two elements of the array that are equal, as their indexes; the first is npos when all differ.
struct equal_elements {
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    std::size_t first = npos;
    std::size_t second = npos;
};
equal_elements find_equal_elements(const node &array);

} // namespace smelt::json_text
