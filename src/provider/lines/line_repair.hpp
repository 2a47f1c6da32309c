#pragma once

#include <string>
#include <string_view>

/// What can still be had from a line that does not parse. Pure; none of it is on the hot path.
namespace smelt::provider {

/// The line with every escaped half of a surrogate pair replaced by U+FFFD.
std::string replace_lone_surrogates(std::string_view line);

/// The custom_id (member `name`) of a line that cannot be parsed, when it is still there to be read; else "".
std::string scan_custom_id(std::string_view line, std::string_view name);

} // namespace smelt::provider
