#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI { // NOLINT(readability-identifier-naming): the library's name
class App;
class Option;
} // namespace CLI

namespace smelt::cli {

/// One option or positional argument, for what else there is to say about it.
class option {
  public:
    explicit option(CLI::Option *o) : option_{o} {}

    const option &required() const;
    const option &needs(const option &other) const;
    const option &excludes(const option &other) const;
    /// An empty value is more often a variable that is not set than a wish.
    const option &not_empty() const;
    const option &one_of(std::initializer_list<std::string_view> words) const;
    /// The help shows what the target holds now.
    const option &shows_default() const;

  private:
    CLI::Option *option_;
};

/// What --create-database means wherever it stands.
inline constexpr const char *create_database_text =
    "Make the private PostgreSQL when no database is found\n(at a terminal it is made without this)";

/// What stands between the commas of an option's value, without blanks.
std::vector<std::string> names_in(const std::string &list);

/// The options of one command, each written into its target when the command line is parsed. The few kinds are here, so
/// that commands read and fail alike, and so that CLI11, which takes seconds to compile, stays in two files.
class option_set {
  public:
    explicit option_set(CLI::App &command) : command_{command} {}

    option flag(const std::string &flags, bool &target, const std::string &text);
    /// TYPE stands for the value in the help.
    option text(const std::string &flags, const std::string &type, std::string &target, const std::string &text);
    /// "30s", "5m", "2h"; the default is shown as the target's value.
    option duration(const std::string &flags, std::chrono::milliseconds &target, const std::string &text);
    /// A whole number from 1.
    option count(const std::string &flags, std::optional<std::int64_t> &target, const std::string &text);
    option count(const std::string &flags, std::int64_t &target, const std::string &text);
    /// A number from 0 to 1.
    option share(const std::string &flags, std::optional<double> &target, const std::string &text);
    option json(bool &target);

    option positional(const std::string &name, std::string &target, const std::string &text);
    option positional(const std::string &name, std::int32_t &target, const std::string &text);
    option positional(const std::string &name, std::vector<std::string> &target, const std::string &text);
    option positional(const std::string &name, std::vector<std::int32_t> &target, const std::string &text);
    /// PIPELINE: a name or a file.
    option pipeline(std::string &target, const std::string &text);

    /// What follows the options in the command's help: examples, keys of --json, and then the exit codes.
    void footer(const std::string &text, const std::string &more_exit_codes = {});

  private:
    CLI::App &command_;
};

} // namespace smelt::cli
