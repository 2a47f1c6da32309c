#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace smelt {

/// Both ends of a pipe; no program that is started inherits them.
class pipe_ends {
  public:
    /// Throws usage_error when the process may open no more files.
    pipe_ends();
    ~pipe_ends();
    pipe_ends(const pipe_ends &) = delete;
    pipe_ends &operator=(const pipe_ends &) = delete;
    [[nodiscard]] int reading() const { return ends_[0]; }
    [[nodiscard]] int writing() const { return ends_[1]; }
    void close_writing();

  private:
    std::array<int, 2> ends_{};
};

/// Another user to run a program as.
struct other_user {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

/// A program to start without a shell. It gets the three descriptors and no other, every signal at its default, and
/// none blocked.
struct program {
    std::vector<std::string> argv; ///< a name without a slash is looked for in PATH
    std::filesystem::path folder;  ///< where it runs
    int input = -1;                ///< its stdin; -1: nothing to read
    int output = -1;               ///< its stdout; -1: ours
    int errors = -1;               ///< its stderr; -1: ours
    /// NAME=value; ours when absent.
    std::optional<std::vector<std::string>> environment = std::nullopt;
    std::optional<other_user> user = std::nullopt;
    /// In a session of its own it outlives us and hears no Ctrl-C; files that it makes are its user's alone.
    bool own_session = false;
};

/// Starts the program. Throws usage_error with the reason when it cannot be run: "cannot run NAME: ...".
pid_t start(const program &p);

/// Waits for the child. Returns its status as waitpid has it, -1 when somebody else has collected it, nothing when the
/// deadline comes first.
std::optional<int> wait_for_end(pid_t child,
                                std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);

/// "ended with status 3", "was ended by signal 9".
std::string describe_ending(int status);

} // namespace smelt
