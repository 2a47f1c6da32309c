#include "options.hpp"

#include "smelt/core/text.hpp"

#include <charconv>

namespace smelt::cli {
namespace {

std::int64_t parse_count(const std::string &flags, const std::string &text) {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size() || value < 1)
        throw CLI::ValidationError{flags, "\"" + text + "\" is not a whole number from 1"};
    return value;
}

} // namespace

CLI::Option *add_duration(CLI::App &command, const std::string &flags, std::chrono::milliseconds &target,
                          const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) {
        const auto duration = parse_duration(value);
        if (!duration || duration->count() <= 0)
            throw CLI::ValidationError{flags, "\"" + value + "\" is not a duration such as 30s, 5m or 2h"};
        target = *duration;
    };
    return command.add_option_function<std::string>(flags, parse, text)
        ->option_text("DURATION=" +
                      format_duration(target)); // instead of the default text, which would list what it needs
}

CLI::Option *add_count(CLI::App &command, const std::string &flags, std::optional<std::int64_t> &target,
                       const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) { target = parse_count(flags, value); };
    return command.add_option_function<std::string>(flags, parse, text)->type_name("N");
}

CLI::Option *add_count(CLI::App &command, const std::string &flags, std::int64_t &target, const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) { target = parse_count(flags, value); };
    return command.add_option_function<std::string>(flags, parse, text)
        ->type_name("N")
        ->default_str(std::to_string(target));
}

CLI::Option *add_text(CLI::App &command, const std::string &flags, const std::string &type, std::string &target,
                      const std::string &text) {
    return command.add_option(flags, target, text)->type_name(type);
}

CLI::Option *add_json(CLI::App &command, bool &target) {
    return command.add_flag("--json", target, "One JSON document on standard output instead of text for people");
}

CLI::Option *add_pipeline(CLI::App &command, std::string &target, const std::string &text) {
    return command.add_option("PIPELINE", target, text)->type_name("");
}

std::string exit_codes(const std::string &more) {
    return "Exit codes:\n"
           "  0    all is well\n"
           "  1    wrong usage, configuration or input\n"
           "  2    the database or the provider could not be reached\n" +
           more + "\nOptions of every command (--db, --log-level, ...): smelt --help";
}

} // namespace smelt::cli
