#include "command.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace smelt::config {
namespace {

using clock = std::chrono::steady_clock;

class pipe_pair {
  public:
    pipe_pair() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
            throw usage_error{std::string{"cannot make a pipe: "} + std::strerror(errno)};
    }
    ~pipe_pair() {
        close_writing();
        ::close(ends_[0]);
    }
    pipe_pair(const pipe_pair &) = delete;
    pipe_pair &operator=(const pipe_pair &) = delete;
    [[nodiscard]] int reading() const { return ends_[0]; }
    [[nodiscard]] int writing() const { return ends_[1]; }
    void close_writing() {
        if (ends_[1] >= 0)
            ::close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{};
};

/// The child's plumbing and signals; freed with it.
class spawn_setup {
  public:
    spawn_setup(int output, const std::string &folder) {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
        ::posix_spawnattr_init(&attributes);
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        sigset_t usual;
        ::sigemptyset(&usual);
        ::sigaddset(&usual, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes, &usual);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~spawn_setup() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    spawn_setup(const spawn_setup &) = delete;
    spawn_setup &operator=(const spawn_setup &) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

pid_t spawn(const std::vector<std::string> &argv, const std::filesystem::path &folder, int output) {
    std::vector<char *> pointers;
    for (const auto &argument : argv)
        pointers.push_back(const_cast<char *>(argument.c_str())); // exec's signature is older than const
    pointers.push_back(nullptr);
    const spawn_setup setup{output, folder.string()};
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, pointers[0], &setup.actions, &setup.attributes, pointers.data(), environ);
    if (failure != 0)
        throw usage_error{"cannot run " + argv.front() + ": " + std::strerror(failure)};
    return child;
}

int milliseconds_left(clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

/// Reads to the end of the output, so that the program never dies of a closed pipe; false when time is up first.
bool read_all(int from, clock::time_point deadline, std::string &text) {
    constexpr std::size_t most = 1 << 16; // a key is short; the rest of a chatty program's output is dropped
    std::array<char, 4096> block{};
    for (;;) {
        pollfd waiting{from, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, milliseconds_left(deadline));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        const auto size = ::read(from, block.data(), block.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return true;
        if (text.size() < most)
            text.append(block.data(), static_cast<std::size_t>(size));
    }
}

/// A program may close its stdout and live on, so the wait has the same deadline.
bool wait_for(pid_t child, clock::time_point deadline, int &status) {
    for (;;) {
        const auto done = ::waitpid(child, &status, WNOHANG);
        if (done == child)
            return true;
        if (done < 0 && errno != EINTR) {
            status = -1; // somebody else collected it: how it ended is not known, which counts as failed
            return true;
        }
        if (milliseconds_left(deadline) == 0)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

std::string ending(int status) {
    if (WIFEXITED(status))
        return "ended with status " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return "was ended by signal " + std::to_string(WTERMSIG(status));
    return "ended in an unknown way";
}

} // namespace

std::string first_line_of(const std::vector<std::string> &argv, const std::filesystem::path &folder,
                          std::chrono::milliseconds limit) {
    pipe_pair output;
    const auto deadline = clock::now() + limit;
    const auto child = spawn(argv, folder, output.writing());
    output.close_writing();
    std::string text;
    int status = 0;
    if (!read_all(output.reading(), deadline, text) || !wait_for(child, deadline, status)) {
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
        throw usage_error{argv.front() + " did not end within " + format_duration(limit)};
    }
    if (status != 0)
        throw usage_error{argv.front() + " " + ending(status)};
    return text.substr(0, text.find('\n'));
}

} // namespace smelt::config
