#include "settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sys/statvfs.h>
#include <unistd.h>

namespace smelt::db {
namespace {

constexpr std::uint64_t mib = 1024UL * 1024;
constexpr std::uint64_t gib = 1024 * mib;

std::uint64_t physical_memory() {
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto size = ::sysconf(_SC_PAGE_SIZE);
    return pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) : gib;
}

std::string quoted(const std::filesystem::path &path) {
    std::string out = "'";
    for (const char c : path.string()) {
        if (c == '\'' || c == '\\')
            out += c;
        out += c;
    }
    return out + '\'';
}

} // namespace

machine this_machine(const std::filesystem::path &folder) {
    machine out{physical_memory(), 0};
    std::uint64_t limit = 0;
    if (std::ifstream file{"/sys/fs/cgroup/memory.max"}; file >> limit && limit > 0) // the word "max" reads as nothing
        out.memory = std::min(out.memory, limit);
    struct statvfs space {};
    if (::statvfs(folder.c_str(), &space) == 0)
        out.free_disk = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    return out;
}

std::string server_settings(const machine &m, const std::filesystem::path &socket_folder) {
    const auto buffers = std::clamp(m.memory / 4, 32 * mib, 4 * gib);
    const auto wal = std::clamp(m.free_disk / 10, 256 * mib, 8 * gib);
    return fmt::format(
        R"(# Written by smelt at every start of the server. Your own settings belong into local.conf beside this file.
listen_addresses = ''
unix_socket_directories = {}
unix_socket_permissions = 0700
port = 5432
# A package upgrade under a running server must not find this library unloaded.
shared_preload_libraries = 'plpgsql'
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = {}MB
wal_buffers = {}MB
max_wal_size = {}MB
min_wal_size = {}MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
# Private: no replicas, no archive.
wal_level = minimal
max_wal_senders = 0
wal_compression = off
work_mem = {}MB
maintenance_work_mem = {}MB
jit = off
random_page_cost = 1.1
autovacuum = on
idle_in_transaction_session_timeout = 60s
log_checkpoints = off
log_line_prefix = '%m [%p] %a '
)",
        quoted(socket_folder), buffers / mib, std::min(64 * mib, buffers / 8) / mib, wal / mib,
        std::clamp(wal / 4, 64 * mib, 2 * gib) / mib, std::clamp(m.memory / 64, 4 * mib, 64 * mib) / mib,
        std::clamp(m.memory / 16, 32 * mib, 256 * mib) / mib);
}

} // namespace smelt::db
