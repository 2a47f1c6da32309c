#include "spool_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace smelt::orchestrator {
namespace {

constexpr std::string_view ending = ".jsonl";
constexpr std::chrono::hours longest_life{24};

[[noreturn]] void throw_disk(const std::filesystem::path &path) {
    throw unavailable{"the spool file " + path.string() + " cannot be written: " + std::strerror(errno),
                      "make room or set SMELT_HOME to another folder; nothing was sent"};
}

/// Whatever the umask says. A folder of somebody else keeps its mode, and its files are private all the same.
void make_private_folder(const std::filesystem::path &folder) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
}

/// Once more when a sweep took the file for a lost one before it was locked.
int open_locked(const std::filesystem::path &path) {
    for (;;) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0)
            throw_disk(path);
        ::fchmod(file, S_IRUSR | S_IWUSR);
        ::flock(file, LOCK_EX);
        struct stat seen {};
        if (::fstat(file, &seen) != 0 || seen.st_nlink > 0)
            return file;
        ::close(file);
    }
}

bool is_old(const std::filesystem::path &path) {
    std::error_code unknown;
    const auto written = std::filesystem::last_write_time(path, unknown);
    return !unknown && std::filesystem::file_time_type::clock::now() - written > longest_life;
}

void remove_if_lost(const std::filesystem::path &path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return;
    const bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0;
    const bool lost = locked || (errno != EWOULDBLOCK && is_old(path));
    std::error_code failed;
    if (lost && std::filesystem::remove(path, failed))
        log::debug("{}: a run that was killed had left it behind", path.string());
    ::close(file);
}

} // namespace

spool_file::spool_file(const std::filesystem::path &folder, const std::string &nonce)
    : path_{folder / (nonce + std::string{ending})} {
    make_private_folder(folder);
    lock_ = open_locked(path_);
    // The lock belongs to both descriptors: it outlives the writing.
    const int writing = ::fcntl(lock_, F_DUPFD_CLOEXEC, 0);
    file_ = writing < 0 ? nullptr : ::fdopen(writing, "wb");
    if (file_ == nullptr) {
        const int why = errno;
        ::close(lock_);
        errno = why;
        throw_disk(path_);
    }
    std::setvbuf(file_, nullptr, _IOFBF, 1 << 18);
}

spool_file::~spool_file() {
    if (file_ != nullptr)
        std::fclose(file_);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    ::close(lock_);
}

void spool_file::write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
        throw_disk(path_);
}

void spool_file::finish() {
    auto *file = std::exchange(file_, nullptr);
    if (std::fclose(file) != 0)
        throw_disk(path_);
}

void sweep_spool(const std::filesystem::path &folder) {
    std::error_code none;
    for (const auto &entry : std::filesystem::directory_iterator{folder, none}) {
        std::error_code gone;
        if (entry.path().extension() == ending && entry.is_regular_file(gone) && !entry.is_symlink(gone))
            remove_if_lost(entry.path());
    }
}

} // namespace smelt::orchestrator
