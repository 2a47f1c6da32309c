#include "process.hpp"

#include "smelt/base/child_process.hpp"
#include "smelt/base/error.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace smelt::db {
namespace {

std::vector<gid_t> groups_of(const passwd &entry) {
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

/// Nothing but what the tools need: a PGPORT or PGOPTIONS of the caller would reach the server.
std::vector<std::string> environment(const identity &who) {
    std::vector<std::string> out{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "HOME=" + who.home};
    for (const char *name : {"TZ", "LD_LIBRARY_PATH"})
        if (const char *value = std::getenv(name))
            out.push_back(std::string{name} + '=' + value);
    return out;
}

/// An anonymous file: unlike a pipe, nobody can hang on it.
class memory_file {
  public:
    explicit memory_file(const char *name) : descriptor_{::memfd_create(name, MFD_CLOEXEC)} {
        if (descriptor_ < 0)
            throw error{std::string{"cannot make a temporary file: "} + std::strerror(errno)};
    }
    ~memory_file() { ::close(descriptor_); }
    memory_file(const memory_file &) = delete;
    memory_file &operator=(const memory_file &) = delete;
    [[nodiscard]] int descriptor() const { return descriptor_; }

    void fill(std::string_view text) const {
        while (!text.empty()) {
            const auto n = ::write(descriptor_, text.data(), text.size());
            if (n <= 0)
                throw error{std::string{"cannot write a temporary file: "} + std::strerror(errno)};
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        ::lseek(descriptor_, 0, SEEK_SET);
    }
    [[nodiscard]] std::string content() const {
        std::string out;
        std::array<char, 4096> block{};
        off_t at = 0;
        for (ssize_t n = 0; (n = ::pread(descriptor_, block.data(), block.size(), at)) > 0; at += n)
            out.append(block.data(), static_cast<std::size_t>(n));
        return out;
    }

  private:
    int descriptor_;
};

/// As a shell counts: 128 + n for signal n, 127 when it could not be run or nobody knows how it ended.
int status_of(const program &p) {
    try {
        const int status = wait_for_end(start(p)).value_or(-1);
        if (status != -1)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } catch (const usage_error &) { // it could not be run
    }
    return 127;
}

} // namespace

identity server_identity() {
    const bool root = ::geteuid() == 0;
    const passwd *entry = root ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
    if (entry == nullptr && root)
        throw unavailable{"PostgreSQL does not run as root, and there is no user \"postgres\" to run it as",
                          "apt install postgresql makes that user; or run smelt as another user, or name a database "
                          "with DATABASE_URL or --db"};
    if (entry == nullptr) // a user id without a name, as in containers
        return {::geteuid(), ::getegid(), std::to_string(::geteuid()), "/", {}, false};
    return {entry->pw_uid, entry->pw_gid, entry->pw_name, entry->pw_dir, groups_of(*entry), root};
}

program_result run_program(const identity &who, const std::vector<std::string> &argv,
                           const std::filesystem::path &folder, std::string_view input) {
    const memory_file in{"smelt-in"};
    const memory_file out{"smelt-out"};
    in.fill(input);
    program p{.argv = argv,
              .folder = folder,
              .input = in.descriptor(),
              .output = out.descriptor(),
              .errors = out.descriptor(),
              .environment = environment(who),
              .user = std::nullopt,
              .own_session = true};
    if (who.switch_user)
        p.user = other_user{who.uid, who.gid, who.groups};
    const int status = status_of(p);
    return {status, out.content()};
}

bool can_enter(const identity &who, const std::filesystem::path &folder) {
    if (!who.switch_user)
        return ::access(folder.c_str(), X_OK) == 0;
    return run_program(who, {"/bin/true"}, folder).status == 0;
}

} // namespace smelt::db
