#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// The few kinds of option that commands have, so that they read and fail alike.
namespace smelt::cli {

/// "30s", "5m", "2h"; the default is shown as the target's value.
CLI::Option *add_duration(CLI::App &command, const std::string &flags, std::chrono::milliseconds &target,
                          const std::string &text);

/// A whole number from 1.
CLI::Option *add_count(CLI::App &command, const std::string &flags, std::optional<std::int64_t> &target,
                       const std::string &text);
CLI::Option *add_count(CLI::App &command, const std::string &flags, std::int64_t &target, const std::string &text);

CLI::Option *add_text(CLI::App &command, const std::string &flags, const std::string &type, std::string &target,
                      const std::string &text);
CLI::Option *add_json(CLI::App &command, bool &target);
/// The positional argument PIPELINE: a name or a file.
CLI::Option *add_pipeline(CLI::App &command, std::string &target, const std::string &text);

/// What follows the options in a command's help: examples, keys of --json, exit codes.
std::string exit_codes(const std::string &more = {});

} // namespace smelt::cli
