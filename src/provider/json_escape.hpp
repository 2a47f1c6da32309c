#pragma once

#include <string>
#include <string_view>

namespace smelt::provider {

/// Appends text as a JSON string, quotes included. UTF-8 passes unchanged.
void append_json_string(std::string_view text, std::string &out);

} // namespace smelt::provider
