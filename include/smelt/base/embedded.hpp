#pragma once

#include <span>
#include <string_view>

/// Files that the build puts into the binary (cmake/EmbedFiles.cmake). Names are paths below the project's root.
namespace smelt::embedded {

struct file {
    std::string_view name;
    std::string_view content;
};

std::span<const file> migrations();
std::span<const file> config_files();
std::span<const file> starter();

/// The content of the file called name. Throws std::logic_error when the build left it out.
std::string_view find(std::span<const file> files, std::string_view name);

} // namespace smelt::embedded
