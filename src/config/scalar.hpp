#pragma once

#include "smelt/base/json.hpp"

#include <string_view>

namespace smelt::config {

/// The value of an unquoted YAML scalar by the core schema of YAML 1.2: null, true, false, a number, else text. `yes`,
/// `no`, `on` and `off` are text. A number that neither 64 bits nor a finite double hold is text, too, and then refused
/// by its type.
json plain_scalar(std::string_view text);

} // namespace smelt::config
