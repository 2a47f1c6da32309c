#include "process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace smelt::test {
namespace {

constexpr std::chrono::milliseconds poll_pause{3};

std::vector<std::string> merged_environment(const command &what) {
    std::vector<std::string> out;
    for (char **entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!what.environment.contains(text.substr(0, text.find('='))))
            out.push_back(text);
    }
    for (const auto &[name, value] : what.environment)
        if (value)
            out.push_back(name + '=' + *value);
    return out;
}

std::vector<char *> pointers(std::vector<std::string> &texts) {
    std::vector<char *> out;
    for (auto &text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::string content(int descriptor) {
    std::string out;
    std::array<char, 16384> block{};
    off_t at = 0;
    for (ssize_t n = 0; (n = ::pread(descriptor, block.data(), block.size(), at)) > 0; at += n)
        out.append(block.data(), static_cast<std::size_t>(n));
    return out;
}

[[noreturn]] void become(const command &what, int out, int err, char **arguments, char **variables) {
    const int in = ::open("/dev/null", O_RDONLY);
    const bool ready = in >= 0 && ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2;
    ::setpgid(0, 0); // signals for the test run are not for it
    ::close_range(3, ~0U, 0);
    if (ready && (what.folder.empty() || ::chdir(what.folder.c_str()) == 0))
        ::execve(arguments[0], arguments, variables);
    constexpr std::string_view complaint = "cannot start the program\n";
    [[maybe_unused]] const auto ignored = ::write(2, complaint.data(), complaint.size());
    ::_exit(127);
}

} // namespace

process::process(const command &what)
    : out_{::memfd_create("out", MFD_CLOEXEC)},
      err_{::memfd_create("err", MFD_CLOEXEC)},
      deadline_{std::chrono::steady_clock::now() + what.timeout} {
    std::vector<std::string> words{what.program};
    words.insert(words.end(), what.arguments.begin(), what.arguments.end());
    auto variables = merged_environment(what);
    const auto argument_pointers = pointers(words);
    const auto variable_pointers = pointers(variables);
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::runtime_error{std::string{"fork: "} + std::strerror(errno)};
    if (pid_ == 0)
        become(what, out_, err_, const_cast<char **>(argument_pointers.data()),
               const_cast<char **>(variable_pointers.data()));
}

process::~process() {
    if (is_running()) {
        send(SIGKILL);
        wait();
    }
    ::close(out_);
    ::close(err_);
}

bool process::is_running() {
    if (ended_)
        return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_)
        ended_ = status;
    return !ended_;
}

std::string process::out() const {
    return content(out_);
}
std::string process::err() const {
    return content(err_);
}

std::optional<std::string> process::wait_for_line(std::string_view prefix) {
    for (;;) {
        const bool last_look = !is_running() || is_overdue();
        const auto text = out();
        for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
            auto line = text.substr(start, end - start);
            if (line.starts_with(prefix))
                return line;
        }
        if (last_look)
            return std::nullopt;
        std::this_thread::sleep_for(poll_pause);
    }
}

void process::send(int signal) const {
    if (!ended_)
        ::kill(pid_, signal);
}

finished process::wait() {
    finished result;
    while (is_running()) {
        if (is_overdue() && !result.timed_out) {
            result.timed_out = true;
            send(SIGKILL);
        }
        std::this_thread::sleep_for(poll_pause);
    }
    result.status = WIFEXITED(*ended_) ? WEXITSTATUS(*ended_) : -1;
    result.signal = WIFSIGNALED(*ended_) ? WTERMSIG(*ended_) : 0;
    result.out = out();
    result.err = err();
    return result;
}

finished run(const command &what) {
    return process{what}.wait();
}

} // namespace smelt::test
