#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace smelt {

/// An absolute http or https URL, cut into what a client needs.
struct url {
    bool tls = true;
    std::string host; ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 443;
    std::string target; ///< path and query, begins with '/'

    /// host, or host:port when the port is not the scheme's own; brackets round an IPv6 address.
    [[nodiscard]] std::string authority() const;
    /// Scheme, host and port: what a key may be shown to.
    [[nodiscard]] bool has_origin_of(const url &other) const {
        return tls == other.tls && host == other.host && port == other.port;
    }
    /// localhost, 127.0.0.0/8 or ::1, by its text alone.
    [[nodiscard]] bool loopback() const;
};

/// Strict: no user info, no fragment, printable ASCII only. Throws usage_error; the message never repeats the text,
/// which may hold a password.
url parse_url(std::string_view text);

/// Where a reference (of a Location header) leads from `base` (RFC 3986 section 5.2); a fragment is dropped. Not
/// checked: that is parse_url's affair.
std::string resolve_reference(const std::string &base, std::string_view reference);

/// Everything but letters, digits and "-._~" as %XX: makes a remote id harmless as one path segment or query value.
std::string percent_encode(std::string_view text);
/// %41 -> A. A broken escape stays as it stands.
std::string percent_decode(std::string_view text);

} // namespace smelt
