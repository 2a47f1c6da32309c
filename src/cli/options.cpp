#include "options.hpp"

#include "smelt/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include <algorithm>
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

/// CLI11 names the type of a value in the help; the name of a positional argument says enough.
template <class Target>
option add_positional(CLI::App &command, const std::string &name, Target &target, const std::string &text) {
    return option{command.add_option(name, target, text)->type_name("")};
}

} // namespace

const option &option::required() const {
    option_->required();
    return *this;
}

const option &option::needs(const option &other) const {
    option_->needs(other.option_);
    return *this;
}

const option &option::excludes(const option &other) const {
    option_->excludes(other.option_);
    return *this;
}

const option &option::not_empty() const {
    option_->check([](const std::string &word) { return word.empty() ? "the value is empty" : std::string{}; });
    return *this;
}

const option &option::one_of(std::initializer_list<std::string_view> words) const {
    option_->check([known = std::vector<std::string>(words.begin(), words.end())](const std::string &word) {
        return std::ranges::find(known, word) != known.end()
                   ? std::string{}
                   : "\"" + word + "\" is not one of " + fmt::format("{}", fmt::join(known, ", "));
    });
    return *this;
}

const option &option::shows_default() const {
    option_->capture_default_str();
    return *this;
}

std::vector<std::string> names_in(const std::string &list) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= list.size() && !list.empty();) {
        const auto end = std::min(list.find(',', at), list.size());
        if (const auto name = trim(std::string_view{list}.substr(at, end - at)); !name.empty())
            names.emplace_back(name);
        at = end + 1;
    }
    return names;
}

option option_set::flag(const std::string &flags, bool &target, const std::string &text) {
    return option{command_.add_flag(flags, target, text)};
}

option option_set::text(const std::string &flags, const std::string &type, std::string &target,
                        const std::string &text) {
    return option{command_.add_option(flags, target, text)->type_name(type)};
}

option option_set::duration(const std::string &flags, std::chrono::milliseconds &target, const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) {
        const auto duration = parse_duration(value);
        if (!duration || duration->count() <= 0)
            throw CLI::ValidationError{flags, "\"" + value + "\" is not a duration such as 30s, 5m or 2h"};
        target = *duration;
    };
    // option_text instead of the default text, which would list what the option needs.
    return option{command_.add_option_function<std::string>(flags, parse, text)
                      ->option_text("DURATION=" + format_duration(target))};
}

option option_set::count(const std::string &flags, std::optional<std::int64_t> &target, const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) { target = parse_count(flags, value); };
    return option{command_.add_option_function<std::string>(flags, parse, text)->type_name("N")};
}

option option_set::count(const std::string &flags, std::int64_t &target, const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) { target = parse_count(flags, value); };
    return option{command_.add_option_function<std::string>(flags, parse, text)
                      ->type_name("N")
                      ->default_str(std::to_string(target))};
}

option option_set::share(const std::string &flags, std::optional<double> &target, const std::string &text) {
    const auto parse = [&target, flags](const std::string &value) {
        double number = 0;
        const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (ec != std::errc{} || end != value.data() + value.size() || !(number >= 0 && number <= 1))
            throw CLI::ValidationError{flags, "\"" + value + "\" is not a number from 0 to 1"};
        target = number;
    };
    return option{command_.add_option_function<std::string>(flags, parse, text)->type_name("SHARE")};
}

option option_set::json(bool &target) {
    return flag("--json", target, "One JSON document on standard output instead of text for people");
}

option option_set::positional(const std::string &name, std::string &target, const std::string &text) {
    return add_positional(command_, name, target, text);
}

option option_set::positional(const std::string &name, std::int32_t &target, const std::string &text) {
    return add_positional(command_, name, target, text);
}

option option_set::positional(const std::string &name, std::vector<std::string> &target, const std::string &text) {
    return add_positional(command_, name, target, text);
}

option option_set::positional(const std::string &name, std::vector<std::int32_t> &target, const std::string &text) {
    return add_positional(command_, name, target, text);
}

option option_set::pipeline(std::string &target, const std::string &text) {
    auto named = positional("PIPELINE", target, text);
    named.not_empty();
    return named;
}

void option_set::footer(const std::string &text, const std::string &more_exit_codes) {
    command_.footer(text +
                    "Exit codes:\n"
                    "  0    all is well\n"
                    "  1    wrong usage, configuration or input\n"
                    "  2    the database or the provider could not be reached\n" +
                    more_exit_codes + "\nOptions of every command (--db, --log-level, ...): smelt --help");
}

} // namespace smelt::cli
