#include "time_option.hpp"

#include "smelt/base/error.hpp"

#include <chrono>
#include <regex>

namespace smelt::cli {

std::optional<std::string> checked_time(const std::string &option, const std::string &text) {
    if (text.empty())
        return std::nullopt;
    const std::regex form{R"((\d{4})-(\d{2})-(\d{2})([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d{2}(:\d{2})?)?)?)"};
    std::smatch parts;
    const bool is_time = std::regex_match(text, parts, form);
    const std::chrono::year_month_day day{std::chrono::year{is_time ? std::stoi(parts[1]) : 0},
                                          std::chrono::month{is_time ? static_cast<unsigned>(std::stoi(parts[2])) : 0},
                                          std::chrono::day{is_time ? static_cast<unsigned>(std::stoi(parts[3])) : 0}};
    if (!is_time || !day.ok())
        throw usage_error{option + " " + text + " is no time", "write 2026-01-31 or 2026-01-31 17:30"};
    return text;
}

} // namespace smelt::cli
