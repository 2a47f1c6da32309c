#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace smelt::config {

/// KEY=value lines; `export ` prefix, # comments, 'single' (raw) and "double" (\n \t \" \\) quotes. Throws file_error
/// with the line.
std::map<std::string, std::string> parse_dotenv(std::string_view text, const std::string &file);

/// The file's variables, or none when it does not exist.
std::map<std::string, std::string> read_dotenv(const std::filesystem::path &file);

} // namespace smelt::config
