#include "spool_body.hpp"

#include "smelt/base/error.hpp"

#include <charconv>

namespace smelt::provider {

http::joined_lines array_of_lines(std::string before, std::filesystem::path spool, std::string after) {
    http::joined_lines out;
    out.before = std::move(before);
    out.file = std::move(spool);
    out.separator = ',';
    out.after = std::move(after);
    return out;
}

int hours_of(const std::string &window) {
    int value = 0;
    const auto *end = window.data() + window.size();
    const auto [unit, problem] = std::from_chars(window.data(), end, value);
    const std::string_view rest{unit, static_cast<std::size_t>(end - unit)};
    const bool days = rest == "d";
    if (problem != std::errc{} || value < 1 || value > 10'000 || (!days && rest != "h" && !rest.empty()))
        throw usage_error{"provider.quirks.completion_window: '" + window + "' is no number of hours or days",
                          "write 24h or 7d"};
    return days ? value * 24 : value;
}

} // namespace smelt::provider
