#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace smelt::test {

/// How to run a program: stdin is empty, the environment is ours with changes.
struct command {
    std::filesystem::path program;
    std::vector<std::string> arguments = {};
    std::map<std::string, std::optional<std::string>> environment = {}; ///< nothing removes a variable
    std::filesystem::path folder = {};                                  ///< empty: ours
    std::chrono::milliseconds timeout = std::chrono::minutes{2};        ///< then it is killed
};

struct finished {
    int status = -1; ///< exit status, or -1 when a signal ended it
    int signal = 0;
    bool timed_out = false;
    std::string out;
    std::string err;
};

/// A running program; killed when the object goes. Output goes to files in memory, so it never blocks.
class process {
  public:
    explicit process(const command &what);
    ~process();
    process(const process &) = delete;
    process &operator=(const process &) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool is_running();
    /// What it has written so far.
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;
    /// The first whole line of stdout with this prefix; empty when the program ends or its time is over.
    std::optional<std::string> wait_for_line(std::string_view prefix);
    void send(int signal) const;
    finished wait();

  private:
    bool is_overdue() const { return std::chrono::steady_clock::now() > deadline_; }

    pid_t pid_ = 0;
    int out_ = -1;
    int err_ = -1;
    std::optional<int> ended_; ///< what waitpid said
    std::chrono::steady_clock::time_point deadline_;
};

/// Runs it to its end.
finished run(const command &what);

} // namespace smelt::test
