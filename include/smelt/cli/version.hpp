#pragma once

#include <string_view>

namespace smelt::cli {

/// The same number as project() in CMakeLists.txt; a test compares them.
inline constexpr std::string_view version = "0.1.0";

} // namespace smelt::cli
