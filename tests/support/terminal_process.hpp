#pragma once

#include "process.hpp"

#include <string>
#include <string_view>

namespace smelt::test {

/// A program whose standard input and output are a terminal; killed when the object goes.
class terminal_process {
  public:
    terminal_process(const command &what, int columns, int rows);
    ~terminal_process();
    terminal_process(const terminal_process &) = delete;
    terminal_process &operator=(const terminal_process &) = delete;

    void type(std::string_view keys) const;
    /// Reads until the text appears in what was not read before, and forgets what came before its end. Returns what was
    /// read. Throws std::runtime_error with it when the program ends first or 20 s are over.
    std::string wait_for(std::string_view text);
    /// The terminal goes away, as when its window is closed.
    void hang_up();
    /// Waits for the end. What was not read before is `out`.
    finished wait();

  private:
    bool read_some();

    pid_t pid_ = 0;
    int terminal_ = -1;
    std::string unread_;
};

} // namespace smelt::test
