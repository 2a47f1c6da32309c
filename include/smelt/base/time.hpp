#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace smelt {

/// "2026-11-01T18:37:24Z", with or without a fraction of a second (cut to microseconds) and with any offset from UTC.
/// Nothing for other text or a date that does not exist.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

} // namespace smelt
