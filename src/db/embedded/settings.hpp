#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace smelt::db {

/// What the settings of the private cluster depend on, in bytes.
struct machine {
    std::uint64_t memory = 0;
    std::uint64_t free_disk = 0;
};

/// Memory as limited by the control group, and the free space of the folder's file system.
machine this_machine(const std::filesystem::path &folder);

/// The content of smelt.conf. The values were measured: see docs/operations.md.
std::string server_settings(const machine &m, const std::filesystem::path &socket_folder);

} // namespace smelt::db
