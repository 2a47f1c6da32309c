#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace smelt::http {

/// An absolute http or https URL, cut into what a client needs.
struct url {
    bool tls = true;
    std::string host; ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 443;
    std::string target; ///< path and query, begins with '/'

    /// host, or host:port when the port is not the scheme's own; brackets round an IPv6 address.
    [[nodiscard]] std::string authority() const;
    /// localhost, 127.0.0.0/8 or ::1, by its text alone.
    [[nodiscard]] bool loopback() const;
};

/// Strict: no user info, no fragment, printable ASCII only. Throws usage_error; the message never repeats the text,
/// which may hold a password.
url parse_url(std::string_view text);

/// Everything but letters, digits and "-._~" as %XX: makes a remote id harmless as one path segment or query value.
std::string percent_encode(std::string_view text);

} // namespace smelt::http
