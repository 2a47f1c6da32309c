#pragma once

#include <cstddef>
#include <string_view>

namespace smelt::provider {

/// Values of a text that is known to be JSON, as they are written there: numbers keep their own digits. "" when there
/// is no such value. Depth costs nothing.
std::string_view raw_member(std::string_view object, std::string_view name);
std::string_view raw_element(std::string_view array, std::size_t index);

} // namespace smelt::provider
