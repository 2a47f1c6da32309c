#include "smelt/base/child_process.hpp"

#include "smelt/base/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace smelt {
namespace {

std::vector<char *> pointers(const std::vector<std::string> &texts) {
    std::vector<char *> out;
    out.reserve(texts.size() + 1);
    for (const auto &text : texts)
        out.push_back(const_cast<char *>(text.c_str())); // exec's signature is older than const
    out.push_back(nullptr);
    return out;
}

/// Why the program did not begin, 0 when it did: the child writes errno, or exec closes the pipe.
int reason_of_failure(pipe_ends &report) {
    report.close_writing();
    int reason = 0;
    ssize_t size = 0;
    do
        size = ::read(report.reading(), &reason, sizeof reason);
    while (size < 0 && errno == EINTR);
    return size == static_cast<ssize_t>(sizeof reason) ? reason : 0;
}

/// While it lives no handler of ours runs, in the child neither.
class blocked_signals {
  public:
    blocked_signals() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~blocked_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    blocked_signals(const blocked_signals &) = delete;
    blocked_signals &operator=(const blocked_signals &) = delete;

  private:
    sigset_t before_{};
};

// What follows runs in the child: only calls that are safe between fork and exec.

void default_signals() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGCHLD})
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Puts `from` at the place of `to`; -1 leaves what is there.
bool put(int from, int to) {
    return from < 0 || ::dup2(from, to) >= 0;
}

/// Closes all but the three and the report, which exec closes.
void close_others(int report) {
    if (report > 3)
        ::close_range(3, static_cast<unsigned>(report) - 1, 0);
    ::close_range(static_cast<unsigned>(report) + 1, ~0U, 0);
}

bool become(const program &p, int nothing) {
    default_signals();
    if (!put(p.input < 0 ? nothing : p.input, 0) || !put(p.output, 1) || !put(p.errors, 2))
        return false;
    if (p.own_session) {
        ::setsid();
        ::umask(077);
    }
    if (p.user && (::setgroups(p.user->groups.size(), p.user->groups.data()) != 0 || ::setgid(p.user->gid) != 0 ||
                   ::setuid(p.user->uid) != 0))
        return false;
    return ::chdir(p.folder.c_str()) == 0;
}

[[noreturn]] void run(const program &p, char *const *arguments, char *const *variables, int report) {
    if (become(p, ::open("/dev/null", O_RDONLY | O_CLOEXEC))) {
        close_others(report);
        ::execvpe(arguments[0], arguments, variables);
    }
    const int reason = errno;
    [[maybe_unused]] const auto size = ::write(report, &reason, sizeof reason);
    ::_exit(127);
}

pid_t fork_and_run(const program &p, int report) {
    const auto arguments = pointers(p.argv);
    const auto own = p.environment ? pointers(*p.environment) : std::vector<char *>{};
    const blocked_signals quiet;
    const pid_t child = ::fork();
    if (child == 0)
        run(p, arguments.data(), p.environment ? own.data() : environ, report);
    return child;
}

} // namespace

pipe_ends::pipe_ends() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
        throw usage_error{std::string{"cannot make a pipe: "} + std::strerror(errno)};
}

pipe_ends::~pipe_ends() {
    close_writing();
    ::close(ends_[0]);
}

void pipe_ends::close_writing() {
    if (ends_[1] >= 0)
        ::close(ends_[1]);
    ends_[1] = -1;
}

pid_t start(const program &p) {
    pipe_ends report;
    const pid_t child = fork_and_run(p, report.writing());
    if (child < 0)
        throw unavailable{std::string{"cannot start a process: "} + std::strerror(errno)};
    if (const int reason = reason_of_failure(report); reason != 0) {
        wait_for_end(child);
        throw usage_error{"cannot run " + p.argv.front() + ": " + std::strerror(reason)};
    }
    return child;
}

std::optional<int> wait_for_end(pid_t child, std::optional<std::chrono::steady_clock::time_point> deadline) {
    for (;;) {
        int status = 0;
        const auto done = ::waitpid(child, &status, deadline ? WNOHANG : 0);
        if (done == child)
            return status;
        if (done < 0 && errno != EINTR)
            return -1;
        if (deadline && std::chrono::steady_clock::now() >= *deadline)
            return std::nullopt;
        if (deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

std::string describe_ending(int status) {
    if (status != -1 && WIFEXITED(status))
        return "ended with status " + std::to_string(WEXITSTATUS(status));
    if (status != -1 && WIFSIGNALED(status))
        return "was ended by signal " + std::to_string(WTERMSIG(status));
    return "ended in an unknown way";
}

} // namespace smelt
