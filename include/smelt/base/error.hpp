#pragma once

#include <stdexcept>
#include <string>

namespace smelt {

/// What the process says to its caller; numbers are public and never reused.
enum class exit_code : int {
    ok = 0,
    usage = 1,        ///< wrong usage, file or input
    unavailable = 2,  ///< the database or a provider could not be reached: the next run tries again
    items_failed = 3, ///< items ended without a result, and the caller wants to know
    needs_person = 4, ///< something stands still until a person has done something
    interrupted = 130,
};

/// Of several things to say, the one that is said: 130, 1, 4, 2, 3, 0.
exit_code worse_of(exit_code a, exit_code b) noexcept;

/// Base of everything that ends a command with one clear sentence. The message names the thing that is wrong;
/// the hint, when there is one, says what to do next.
class error : public std::runtime_error {
  public:
    explicit error(const std::string &message, std::string hint = {})
        : std::runtime_error{message}, hint_{std::move(hint)} {}
    [[nodiscard]] const std::string &hint() const noexcept { return hint_; }
    [[nodiscard]] virtual exit_code code() const noexcept { return exit_code::usage; }

  private:
    std::string hint_;
};

/// Wrong usage, configuration or input: the user has to change something. Exit code 1.
class usage_error : public error {
  public:
    using error::error;
};

/// A usage error at a place in a file; what() begins with "file:line: ". Line 0 means the file as a whole.
class file_error : public usage_error {
  public:
    file_error(const std::string &file, int line, const std::string &message, std::string hint = {});
};

/// The database or the provider cannot be reached or refuses to serve. Exit code 2.
class unavailable : public error {
  public:
    using error::error;
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::unavailable; }
};

/// Something waits for a person: a key that is refused, a task that fails too often, a job that is not known. Exit
/// code 4.
class user_action_needed : public error {
  public:
    using error::error;
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::needs_person; }
};

/// SIGINT or SIGTERM arrived and the work in hand was finished or rolled back. Exit code 130.
class interrupted : public error {
  public:
    interrupted() : error{"interrupted"} {}
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::interrupted; }
};

} // namespace smelt
