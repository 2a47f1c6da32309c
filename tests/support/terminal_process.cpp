#include "terminal_process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace smelt::test {
namespace {

constexpr std::chrono::seconds patience{20};

[[noreturn]] void become_terminal_program(const command &what, const char *terminal, std::vector<char *> &arguments) {
    ::setsid(); // so that the terminal which is opened next is its own
    const int own = ::open(terminal, O_RDWR);
    const bool ready = own >= 0 && ::dup2(own, 0) == 0 && ::dup2(own, 1) == 1 && ::dup2(own, 2) == 2;
    ::close_range(3, ~0U, 0);
    if (ready && (what.folder.empty() || ::chdir(what.folder.c_str()) == 0)) {
        for (const auto &[name, value] : what.environment)
            if (value)
                ::setenv(name.c_str(), value->c_str(), 1);
            else
                ::unsetenv(name.c_str());
        ::execv(arguments[0], arguments.data());
    }
    ::_exit(127);
}

} // namespace

terminal_process::terminal_process(const command &what, int columns, int rows)
    : terminal_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)} {
    if (terminal_ < 0 || ::grantpt(terminal_) != 0 || ::unlockpt(terminal_) != 0)
        throw std::runtime_error{"no terminal can be made"};
    winsize size{};
    size.ws_col = static_cast<unsigned short>(columns);
    size.ws_row = static_cast<unsigned short>(rows);
    ::ioctl(terminal_, TIOCSWINSZ, &size);
    std::string name(64, '\0');
    if (::ptsname_r(terminal_, name.data(), name.size()) != 0)
        throw std::runtime_error{"a terminal has no name"};
    std::vector<std::string> words{what.program};
    words.insert(words.end(), what.arguments.begin(), what.arguments.end());
    std::vector<char *> arguments;
    arguments.reserve(words.size() + 1);
    for (auto &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0)
        become_terminal_program(what, name.c_str(), arguments);
}

terminal_process::~terminal_process() {
    hang_up();
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void terminal_process::type(std::string_view keys) const {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
        throw std::runtime_error{"the terminal takes no keys"};
}

/// False: the program has ended, or nothing came for a while.
bool terminal_process::read_some() {
    pollfd waits{terminal_, POLLIN, 0};
    constexpr int patience_ms = 200;
    if (::poll(&waits, 1, patience_ms) <= 0)
        return true;
    std::array<char, 16384> block{};
    const auto got = ::read(terminal_, block.data(), block.size());
    if (got <= 0)
        return false;
    unread_.append(block.data(), static_cast<std::size_t>(got));
    return true;
}

std::string terminal_process::wait_for(std::string_view text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        if (const auto found = unread_.find(text); found != std::string::npos) {
            auto seen = unread_.substr(0, found + text.size());
            unread_.erase(0, seen.size());
            return seen;
        }
        if (!read_some() || std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error{"the terminal does not show \"" + std::string{text} + "\" but:\n" + unread_};
    }
}

void terminal_process::hang_up() {
    if (terminal_ >= 0)
        ::close(terminal_);
    terminal_ = -1;
}

finished terminal_process::wait() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    finished done;
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error{"the program does not end; its terminal shows:\n" + unread_};
        if (terminal_ < 0 || !read_some())
            ::usleep(10'000);
    }
    pid_ = 0;
    while (terminal_ >= 0 && read_some() && std::chrono::steady_clock::now() < deadline) {
    }
    done.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    done.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    done.out = std::move(unread_);
    return done;
}

} // namespace smelt::test
