#pragma once

#include <string>
#include <string_view>

namespace smelt {

/// zlib, level 1: raw answers are kept in this form because PostgreSQL compresses no row below 2 kB.
std::string deflate(std::string_view text);
/// The inverse. Throws smelt::error when the bytes are not a whole zlib stream.
std::string inflate(std::string_view bytes);

std::string to_hex(std::string_view bytes);
/// The inverse, for text that to_hex or PostgreSQL's encode(…, 'hex') has written.
std::string from_hex(std::string_view hex);

} // namespace smelt
