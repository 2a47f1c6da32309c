#include "smelt/db/archive.hpp"

#include "embedded/binaries.hpp"
#include "embedded/layout.hpp"

#include "smelt/base/child_process.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

/// A server is read by programs that are not older than it, so the newest are taken.
std::string archive_program(const std::string &name) {
    for (const auto &found : find_installations())
        if (fs::exists(found.bin / name))
            return found.bin / name;
    return name;
}

std::vector<std::string> environment_with(const std::string &password) {
    std::vector<std::string> all;
    for (char **variable = environ; *variable != nullptr; ++variable)
        if (password.empty() || !std::string_view{*variable}.starts_with("PGPASSWORD="))
            all.emplace_back(*variable);
    if (!password.empty())
        all.push_back("PGPASSWORD=" + password);
    return all;
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
        const auto size = ::read(descriptor, piece.data(), piece.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return text;
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
}

std::string hint_of(const std::string &said, const std::string &name) {
    if (said.find("version mismatch") != std::string::npos)
        return "the server is newer than " + name + ": install postgresql-client of its version";
    if (said.find("permission denied") != std::string::npos || said.find("must be owner") != std::string::npos)
        return "do it as the owner of Smelt's tables";
    return "nothing was changed";
}

/// Runs it to its end. Throws with what it has written on stderr.
void run_archive_program(const std::string &name, std::vector<std::string> arguments, const archive_login &login) {
    if (!login.conninfo.empty())
        arguments.insert(arguments.end(), {"-d", login.conninfo});
    arguments.insert(arguments.begin(), archive_program(name));
    pipe_ends errors;
    program what{std::move(arguments), fs::current_path()};
    what.errors = errors.writing();
    what.environment = environment_with(login.password);
    pid_t child = 0;
    try {
        child = start(what);
    } catch (const usage_error &e) {
        throw usage_error{e.what(), "install the package postgresql-client"};
    }
    errors.close_writing();
    const auto said = read_all(errors.reading());
    const auto status = wait_for_end(child).value_or(-1);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw usage_error{name + " " + describe_ending(status) + ": " + std::string{trim(said)}, hint_of(said, name)};
}

[[noreturn]] void cannot_write(const fs::path &file) {
    throw usage_error{"cannot write " + file.string() + ": " + std::strerror(errno)};
}

/// Beside the file, for its owner alone; gone with the object unless it was renamed.
class unfinished_file {
  public:
    explicit unfinished_file(const fs::path &target) : path_{target.string() + ".part-" + random_nonce()} {
        const int made = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (made < 0)
            cannot_write(target);
        ::close(made);
    }
    ~unfinished_file() { ::unlink(path_.c_str()); }
    unfinished_file(const unfinished_file &) = delete;
    unfinished_file &operator=(const unfinished_file &) = delete;

    [[nodiscard]] const fs::path &path() const { return path_; }
    void finish(const fs::path &target) {
        const int written = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        const bool is_safe = written >= 0 && ::fsync(written) == 0;
        if (written >= 0)
            ::close(written);
        if (!is_safe || ::rename(path_.c_str(), target.c_str()) != 0)
            cannot_write(target);
    }

  private:
    fs::path path_;
};

} // namespace

void dump_archive(const archive_login &from, const fs::path &wanted) {
    std::error_code unknown;
    const auto file = fs::is_symlink(wanted, unknown) ? fs::weakly_canonical(wanted) : wanted;
    if (fs::exists(file, unknown) && !fs::is_regular_file(file, unknown))
        throw usage_error{file.string() + " is no regular file; nothing was written", "name a file"};
    unfinished_file part{file};
    run_archive_program("pg_dump",
                        {"--format=custom", "--schema=smelt", "--schema=smelt_functions", "--schema=smelt_out",
                         "--no-password", "--file=" + part.path().string()},
                        from);
    part.finish(file);
}

void restore_archive(const archive_login &to, const fs::path &file, const std::string &last_statements) {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem))
        throw usage_error{"there is no file " + file.string(), "smelt db dump FILE makes one"};
    const auto archive = fs::absolute(file);
    unfinished_file list{fs::temp_directory_path() / "smelt-restore-list"};
    run_archive_program("pg_restore", {"--list", "--file=" + list.path().string(), archive.string()}, {});
    if (read_text(list.path()).find(" TABLE smelt migration ") == std::string::npos)
        throw usage_error{file.string() + " is no dump of smelt; nothing was changed", "smelt db dump FILE makes one"};
    // As a script, so that what follows is in the same transaction: whoever is killed leaves all of it or nothing.
    unfinished_file script{fs::temp_directory_path() / "smelt-restore"};
    run_archive_program("pg_restore",
                        {"--no-owner", "--no-privileges", "--file=" + script.path().string(), archive.string()}, {});
    run_archive_program("psql",
                        {"--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--no-password",
                         "--output=/dev/null", "--file=" + script.path().string(), "--command=" + last_statements},
                        to);
}

} // namespace smelt::db
