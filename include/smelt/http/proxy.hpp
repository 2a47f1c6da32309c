#pragma once

#include "smelt/base/url.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Which way a request leaves the machine: straight to its server or through a proxy. Pure; the client performs it.
namespace smelt::http {

/// An HTTP proxy: CONNECT for https, the absolute form for http.
struct proxy {
    url address;
    std::string authorization; ///< value of Proxy-Authorization, "" for none; never logged

    /// host:port, for messages.
    [[nodiscard]] std::string name() const { return address.host + ":" + std::to_string(address.port); }
};

/// "http://[user:password@]host[:port]" or without a scheme; the port is 80 unless it is named, user and password are
/// percent-decoded. Throws usage_error, which never repeats the text.
proxy parse_proxy(std::string_view text);

/// Value of an environment variable; empty when it is not set.
using environment_reader = std::function<std::string(const char *name)>;
/// Of this process.
std::string read_environment(const char *name);

/// A proxy, and who named it: a variable, or "provider.proxy".
struct way_out {
    proxy through;
    std::string named_by;
};

/// The proxy for a request to `to`; empty: none. `setting` is client_options::proxy, and rules alone when it is not
/// empty. Else https_proxy or HTTPS_PROXY, or http_proxy or HTTP_PROXY, by the scheme of `to`, then all_proxy or
/// ALL_PROXY; never for loopback, nor for what no_proxy or NO_PROXY names. HTTP_PROXY in capitals is not read where
/// REQUEST_METHOD is set: in a CGI program a request's header could have set it. Throws usage_error naming the
/// variable.
std::optional<way_out> find_way_out(const url &to, std::string_view setting, const environment_reader &environment);

/// Whether a list such as "localhost,.example.org,10.0.0.0/8,[::1]:8080,*" names the server. A name means its
/// subdomains, too.
bool is_named_by(std::string_view no_proxy, const url &to);

} // namespace smelt::http
