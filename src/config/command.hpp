#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace smelt::config {

/// Runs argv without a shell, in `folder`, with nothing on its stdin, and returns the first line of its stdout. Throws
/// usage_error that names argv[0] and how it ended, and nothing that it printed; its stderr is the user's.
std::string first_line_of(const std::vector<std::string> &argv, const std::filesystem::path &folder,
                          std::chrono::milliseconds limit);

} // namespace smelt::config
