#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace smelt::json_text {

/// JSON pointer of the value that begins at or covers the offset; works on text that is only correct up to there.
std::string pointer_at(std::string_view text, std::size_t offset);

/// "~" and "/" escaped as RFC 6901 wants it.
std::string pointer_token(std::string_view name);

} // namespace smelt::json_text
