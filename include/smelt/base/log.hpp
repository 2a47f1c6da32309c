#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// One place that knows spdlog. Logs go to stderr (or --log-file), never to stdout, and never hold a key. Every message
/// is one printable line, whoever wrote its words: services, rows and other programs do.
namespace smelt::log {

enum class level { trace, debug, info, warn, error, off };

struct options {
    level threshold = level::info;
    bool json = false;
    std::string file; ///< empty: stderr; appended to, and readable by its owner alone when it is new
};

/// Sets up the process's logger; call once, before threads start.
void configure(const options &settings);
bool enabled(level at);
void write(level at, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args &&...args) {
    if (enabled(level::debug))
        write(level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args &&...args) {
    if (enabled(level::info))
        write(level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args &&...args) {
    if (enabled(level::warn))
        write(level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args &&...args) {
    if (enabled(level::error))
        write(level::error, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace smelt::log
