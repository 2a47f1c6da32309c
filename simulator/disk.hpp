#pragma once

#include "smelt/base/json.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

struct file_closer {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

/// mode as of fopen. Throws std::system_error naming the path.
file_handle open_file(const std::filesystem::path &path, const char *mode);
void write_all(std::FILE *file, std::string_view bytes);

/// Writes beside the file and renames, so that a kill leaves the old or the new content. Not flushed to the disk
/// itself: the state has to survive the death of the process, not of the machine.
void replace_file(const std::filesystem::path &path, std::string_view content);
/// null when there is no such file. Throws std::runtime_error naming the path when it is not JSON.
json read_json(const std::filesystem::path &path);

std::vector<std::uint64_t> read_hashes(const std::filesystem::path &path);
void replace_hashes(const std::filesystem::path &path, const std::vector<std::uint64_t> &hashes);

/// A file of hashes that only grows, for read_hashes. Each is written at once, so that a kill loses none: a write to
/// the cache of the system costs a microsecond.
class hash_journal {
  public:
    /// Goes on with the file when there is one.
    explicit hash_journal(const std::filesystem::path &path);
    void append(std::uint64_t hash);

  private:
    file_handle file_;
};

} // namespace smelt::sim
