#pragma once

#include <string>
#include <string_view>

namespace smelt::sim {

/// text as one member of gzip (RFC 1952). Throws std::runtime_error when memory is short.
std::string gzip(std::string_view text);

} // namespace smelt::sim
