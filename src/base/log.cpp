#include "smelt/base/log.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace smelt::log {
namespace {

spdlog::level::level_enum native(level at) {
    switch (at) {
    case level::trace:
        return spdlog::level::trace;
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warn:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    case level::off:
        return spdlog::level::off;
    }
    return spdlog::level::info;
}

bool as_json = false;

/// A log names rows, files and what a service said: a new file is for its owner alone, whatever the umask says. One
/// that is there keeps the mode that somebody gave it. What goes wrong here goes wrong again when the sink opens it.
void make_private(const std::filesystem::path &file) {
    std::error_code ignored;
    if (file.has_parent_path())
        std::filesystem::create_directories(file.parent_path(), ignored);
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor >= 0)
        ::close(descriptor);
}

} // namespace

void configure(const options &settings) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    try {
        if (settings.file.empty()) {
            sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
        } else {
            make_private(settings.file);
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
        }
    } catch (const spdlog::spdlog_ex &e) {
        throw usage_error{std::string{"--log-file: "} + e.what()};
    }
    auto logger = std::make_shared<spdlog::logger>("smelt", std::move(sink));
    logger->set_level(native(settings.threshold));
    logger->flush_on(spdlog::level::info);
    as_json = settings.json;
    // A line of progress may stand where the cursor is.
    const std::string clear = settings.file.empty() && ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "";
    logger->set_pattern(as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","pid":%P,"message":%v})"
                                : clear + "%H:%M:%S %^%l%$ %v");
    spdlog::set_default_logger(std::move(logger));
}

bool enabled(level at) {
    return spdlog::should_log(native(at));
}

void write(level at, std::string_view message) {
    const auto line = printable(message);
    spdlog::default_logger_raw()->log(native(at), as_json ? json(line).dump() : line);
}

} // namespace smelt::log
