#include "keyboard.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/terminal.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace smelt::cli {
namespace {

volatile std::sig_atomic_t was_interrupted = 0;

extern "C" void note_signal(int) {
    was_interrupted = 1;
}

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

/// Of the line and of the screen.
void erase_last(std::string &text) {
    auto at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
        --at;
    for (auto columns = display_width(std::string_view{text}.substr(at)); columns > 0; --columns)
        write_all("\b \b");
    text.erase(at);
}

} // namespace

keyboard::keyboard(std::function<void()> idle) : idle_{std::move(idle)} {
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, note_signal);
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

void keyboard::flush() {
    ::tcflush(STDIN_FILENO, TCIFLUSH);
}

void keyboard::pause() const {
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

void keyboard::resume() const {
    was_interrupted = 0; // what was meant for the other program
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &keys_);
}

std::optional<char> keyboard::read_byte() {
    pollfd waits{STDIN_FILENO, POLLIN, 0};
    // Short, because a signal may come just before it is waited.
    constexpr int pause_ms = 200;
    constexpr int pauses_of_idle = 150;
    for (int pauses = 1;; ++pauses) {
        const auto ready = ::poll(&waits, 1, pause_ms);
        if (was_interrupted != 0)
            throw interrupted{};
        if (ready > 0)
            break;
        if (ready < 0 && errno != EINTR)
            return std::nullopt;
        if (pauses % pauses_of_idle == 0)
            idle_();
    }
    char byte = 0;
    ssize_t got = 0;
    do
        got = ::read(STDIN_FILENO, &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1 ? std::optional{byte} : std::nullopt;
}

/// Nothing also for Ctrl-D. Throws interrupted for Ctrl-C.
std::optional<char> keyboard::next_byte() {
    const auto byte = read_byte();
    if (byte && *byte == interrupt)
        throw interrupted{};
    return byte && *byte == end_of_input ? std::nullopt : byte;
}

/// What belongs to an escape. False: nothing did, so it was the key itself.
bool keyboard::pass_over_escape() {
    bool is_sequence = false;
    while (more_waits() && read_byte())
        is_sequence = true;
    return is_sequence;
}

std::optional<char> keyboard::key() {
    for (;;) {
        const auto byte = next_byte();
        if (!byte || *byte != escape)
            return byte;
        pass_over_escape();
    }
}

std::optional<std::string> keyboard::line(const std::string &prompt) {
    constexpr char backspace = '\x7f';
    constexpr char control_h = '\b';
    write_all(prompt);
    std::string text;
    for (;;) {
        const auto byte = next_byte();
        if (!byte)
            return std::nullopt;
        if (*byte == '\n' || *byte == '\r') {
            write_all("\n");
            flush(); // more lines of a paste are no keys
            return printable(text);
        }
        if (*byte == escape) {
            if (!pass_over_escape())
                return std::nullopt;
        } else if ((*byte == backspace || *byte == control_h) && !text.empty()) {
            erase_last(text);
        } else if (static_cast<unsigned char>(*byte) >= ' ' && *byte != backspace) {
            text += *byte;
            write_all(std::string{*byte});
        }
    }
}

} // namespace smelt::cli
