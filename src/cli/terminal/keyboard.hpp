#pragma once

#include <functional>
#include <optional>
#include <string>
#include <termios.h>

namespace smelt::cli {

/// Reads single keys of the terminal on standard input, without an echo, until it goes out of scope.
class keyboard {
  public:
    /// idle: called now and then while nothing is pressed.
    explicit keyboard(std::function<void()> idle);
    ~keyboard();
    keyboard(const keyboard &) = delete;
    keyboard &operator=(const keyboard &) = delete;

    /// A byte; nothing at the end of the input. Throws interrupted for Ctrl-C. Arrow keys and the like are passed over.
    std::optional<char> key();
    /// A line, edited by backspace alone; nothing for escape and at the end of the input. Throws interrupted for
    /// Ctrl-C.
    std::optional<std::string> line(const std::string &prompt);
    /// Forgets what was typed or pasted before: it was not meant for what is shown next.
    static void flush();
    /// The terminal as it was, for a program that uses it meanwhile.
    void pause() const;
    void resume() const;

  private:
    std::optional<char> read_byte();
    std::optional<char> next_byte();
    bool pass_over_escape();
    std::function<void()> idle_;
    termios before_{};
    termios keys_{};
};

} // namespace smelt::cli
