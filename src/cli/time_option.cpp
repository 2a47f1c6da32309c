#include "time_option.hpp"

#include "smelt/base/error.hpp"

#include <regex>

namespace smelt::cli {

std::optional<std::string> checked_time(const std::string &option, const std::string &text) {
    if (text.empty())
        return std::nullopt;
    if (!std::regex_match(text, std::regex{R"(\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?)"}))
        throw usage_error{option + " " + text + " is no time", "write 2026-01-31 or 2026-01-31 17:30"};
    return text;
}

} // namespace smelt::cli
