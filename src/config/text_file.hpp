#pragma once

#include <filesystem>
#include <string>

namespace smelt::config {

/// The bytes of a small regular file. Throws file_error when it cannot be read or is larger than 16 MB.
std::string read_text_file(const std::filesystem::path &file);

/// The same, which must be UTF-8 without NUL; a byte order mark is left out. Throws file_error with the line.
std::string read_utf8_file(const std::filesystem::path &file);

/// 1-based line of the byte at `at`.
int line_of(std::string_view text, std::size_t at);

} // namespace smelt::config
