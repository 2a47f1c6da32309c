#include "keyboard.hpp"

#include "smelt/base/error.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace smelt::cli {
namespace {

constexpr char escape = '\x1b';
constexpr char interrupt = '\x03';
constexpr char end_of_input = '\x04';

/// What follows an escape at once belongs to it: an arrow key, for example.
bool more_waits() {
    pollfd waits{STDIN_FILENO, POLLIN, 0};
    constexpr int at_once_ms = 20;
    return ::poll(&waits, 1, at_once_ms) == 1;
}

void write_all(const std::string &text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto wrote = ::write(STDERR_FILENO, text.data() + at, text.size() - at);
        if (wrote <= 0)
            return;
        at += static_cast<std::size_t>(wrote);
    }
}

} // namespace

keyboard::keyboard(std::function<void()> idle) : idle_{std::move(idle)} {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
        throw usage_error{"standard input is not a terminal", ""};
    keys_ = before_;
    // Ctrl-C comes as a byte, so that the terminal is put right in every case.
    keys_.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    keys_.c_cc[VMIN] = 1;
    keys_.c_cc[VTIME] = 0;
    resume();
}

keyboard::~keyboard() {
    pause();
}

void keyboard::pause() const {
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

void keyboard::resume() const {
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &keys_);
}

std::optional<char> keyboard::read_byte() {
    pollfd waits{STDIN_FILENO, POLLIN, 0};
    constexpr int idle_ms = 30'000;
    int ready = 0;
    while ((ready = ::poll(&waits, 1, idle_ms)) <= 0)
        if (ready == 0)
            idle_();
        else if (errno != EINTR)
            return std::nullopt;
    char byte = 0;
    ssize_t got = 0;
    do
        got = ::read(STDIN_FILENO, &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1 ? std::optional{byte} : std::nullopt;
}

std::optional<char> keyboard::key() {
    for (;;) {
        const auto byte = read_byte();
        if (!byte || *byte == end_of_input)
            return std::nullopt;
        if (*byte == interrupt)
            throw interrupted{};
        if (*byte != escape)
            return byte;
        while (more_waits())
            if (!read_byte())
                return std::nullopt;
    }
}

std::optional<std::string> keyboard::line(const std::string &prompt) {
    write_all(prompt);
    auto lines = before_;
    lines.c_lflag &= ~static_cast<tcflag_t>(ISIG);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &lines);
    std::string text;
    std::optional<char> byte;
    while ((byte = read_byte()) && *byte != '\n' && *byte != interrupt)
        text += *byte;
    resume();
    if (byte && *byte == interrupt)
        throw interrupted{};
    if (!byte && text.empty())
        return std::nullopt;
    return text;
}

} // namespace smelt::cli
