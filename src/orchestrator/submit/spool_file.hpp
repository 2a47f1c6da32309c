#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace smelt::orchestrator {

/// A batch's request lines under SMELT_HOME/spool, for the owner's eyes alone; removed with the object. While it lives
/// the file is locked, which tells it from one that a kill left behind.
class spool_file {
  public:
    spool_file(const std::filesystem::path &folder, const std::string &nonce);
    ~spool_file();
    spool_file(const spool_file &) = delete;
    spool_file &operator=(const spool_file &) = delete;

    [[nodiscard]] const std::filesystem::path &path() const { return path_; }
    void write(std::string_view bytes);
    /// Flushes; throws unavailable when the disk did not take everything.
    void finish();

  private:
    std::filesystem::path path_;
    int lock_ = -1;
    std::FILE *file_ = nullptr;
};

/// Removes the spool files that nobody holds: a kill left them behind. Where the file system knows no locks, those that
/// are older than a day. What cannot be removed stays.
void sweep_spool(const std::filesystem::path &folder);

} // namespace smelt::orchestrator
