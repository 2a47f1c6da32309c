#include "smelt/base/error.hpp"

#include <algorithm>
#include <array>

namespace smelt {

exit_code worse_of(exit_code a, exit_code b) noexcept {
    constexpr std::array order{exit_code::interrupted, exit_code::usage,        exit_code::needs_person,
                               exit_code::unavailable, exit_code::items_failed, exit_code::ok};
    return std::min(a, b, [&](exit_code x, exit_code y) {
        return std::find(order.begin(), order.end(), x) < std::find(order.begin(), order.end(), y);
    });
}
namespace {

std::string place(const std::string &file, int line) {
    return line > 0 ? file + ":" + std::to_string(line) + ": " : file + ": ";
}

} // namespace

file_error::file_error(const std::string &file, int line, const std::string &message, std::string hint)
    : usage_error{place(file, line) + message, std::move(hint)} {}

} // namespace smelt
