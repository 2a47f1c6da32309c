#include "vendor_api.hpp"

#include "smelt/base/hash.hpp"

#include <fmt/chrono.h>

#include <charconv>

namespace smelt::sim {

wire wire_of(http::server_request &request) {
    auto &path = request.path;
    const auto below = [&](std::string_view prefix) {
        return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
    };
    if (!request.header("x-goog-api-key").empty())
        for (const std::string_view version : {"/v1", "/upload/v1", "/download/v1"})
            if (below(version))
                path.insert(version.size(), "beta");
    if (below("/mistral"))
        return wire::mistral;
    if (below("/v1/messages"))
        return wire::anthropic;
    if (below("/v1beta") || below("/upload/v1beta") || below("/download/v1beta"))
        return wire::gemini;
    return wire::openai;
}

http::server_response json_response(int status, const json &body) {
    // Text that came in as invalid UTF-8 must not break the answer.
    return http::server_response{status, body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

std::optional<std::string> id_in(const std::string &path, std::string_view prefix, std::string_view suffix) {
    if (!path.starts_with(prefix) || !path.ends_with(suffix) || path.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    std::string id = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
    return id.find('/') == std::string::npos ? std::optional{std::move(id)} : std::nullopt;
}

std::string origin_of(const http::server_request &request) {
    const auto host = request.header("host");
    return "http://" + (host.empty() ? std::string{"localhost"} : std::string{host});
}

std::optional<std::int64_t> integer_parameter(const http::server_request &request, std::string_view name,
                                              std::int64_t fallback) {
    const auto text = request.parameter(name);
    if (!text)
        return fallback;
    std::int64_t value = 0;
    const char *end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end)
        return std::nullopt;
    return value;
}

std::string rfc3339(std::int64_t milliseconds, std::string_view more) {
    constexpr std::int64_t per_second = 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}{}Z",
                       fmt::gmtime(static_cast<std::time_t>(milliseconds / per_second)), milliseconds % per_second,
                       more);
}

std::string random_uuid() {
    std::string hex = sha256_hex(random_nonce());
    hex[12] = '4'; // version and variant of a random one
    hex[16] = '8';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
           hex.substr(20, 12);
}

} // namespace smelt::sim
