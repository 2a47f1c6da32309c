#include "redirect.hpp"

#include "smelt/base/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smelt::sim {
namespace {

constexpr std::string_view moved = "/sim/moved/";

} // namespace

http::server_response redirect(const http::server_request &request, int status, const std::string &origin,
                               std::int64_t redirects) {
    std::string target = origin + std::string{moved} + std::to_string(redirects - 1) + request.path;
    char separator = '?';
    for (const auto &[name, value] : request.query) {
        target += separator + percent_encode(name) + "=" + percent_encode(value);
        separator = '&';
    }
    http::server_response response{status, {}};
    response.fields.emplace_back("Location", std::move(target));
    return response;
}

std::optional<std::int64_t> take_moved(http::server_request &request) {
    if (!request.path.starts_with(moved))
        return std::nullopt;
    const char *begin = request.path.data() + moved.size();
    const char *end = request.path.data() + request.path.size();
    std::int64_t more = 0;
    const auto read = std::from_chars(begin, end, more);
    if (read.ec != std::errc{} || read.ptr == end || *read.ptr != '/')
        return std::nullopt;
    request.path.erase(0, static_cast<std::size_t>(read.ptr - request.path.data()));
    return more;
}

bool carries_key(const http::server_request &request) {
    constexpr std::array<std::string_view, 4> fields{"authorization", "api-key", "x-api-key", "x-goog-api-key"};
    return request.parameter("key") || std::any_of(fields.begin(), fields.end(), [&](std::string_view name) {
               return !request.header(name).empty();
           });
}

} // namespace smelt::sim
