#include "smelt/base/url.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace smelt {
namespace {

constexpr std::string_view hint = "write it as https://host[:port]/path";

bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[noreturn]] void refuse(const char *why) {
    throw usage_error{std::string{"bad URL: "} + why, std::string{hint}};
}

std::uint16_t parse_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535)
        refuse("the port is not a number from 1 to 65535");
    return static_cast<std::uint16_t>(value);
}

std::string parse_host(std::string_view text) {
    const bool good = !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '-' || c == '.' || c == '_';
    });
    if (!good)
        refuse("the host name is empty or holds a character that no host name has");
    return lower_ascii(text);
}

std::string parse_ipv6(std::string_view text) {
    const bool good = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    });
    if (!good)
        refuse("the address in brackets is not an IPv6 address");
    return lower_ascii(text);
}

void parse_authority(std::string_view text, url &out) {
    if (text.find('@') != std::string_view::npos)
        throw usage_error{"a URL must not hold a user name or password",
                          "give the key as api_key: {env: NAME} (or file, command)"};
    auto rest = text;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            refuse("the bracket of an IPv6 address is not closed");
        out.host = parse_ipv6(text.substr(1, close - 1));
        rest = text.substr(close + 1);
        if (!rest.empty() && !rest.starts_with(':'))
            refuse("something other than a port follows the address");
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        out.host = parse_host(text.substr(0, colon));
        rest = text.substr(colon);
    }
    if (!rest.empty())
        out.port = parse_port(rest.substr(1));
}

/// "/a/./b/../c?x" -> "/a/c?x" (RFC 3986 section 5.2.4).
std::string without_dots(std::string_view target) {
    const auto end = std::min(target.find('?'), target.size());
    std::string out;
    for (std::size_t at = 0; at < end;) {
        const auto next = std::min(target.find('/', at + 1), end);
        const auto step = target.substr(at, next - at);
        const bool last = next == end;
        if (step == "/..")
            out.resize(std::min(out.rfind('/'), out.size()));
        if (step != "/." && step != "/..")
            out += step;
        else if (last)
            out += '/';
        at = next;
    }
    return out.append(target.substr(end));
}

} // namespace

std::string url::authority() const {
    auto out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80))
        out += ":" + std::to_string(port);
    return out;
}

bool url::loopback() const {
    if (host == "localhost" || host == "::1")
        return true;
    // A name such as 127.0.0.1.example.org begins like an address and is none.
    return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
           host.find_first_not_of("0123456789.") == std::string::npos;
}

url parse_url(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }))
        refuse("it holds a blank, a control character or a character outside ASCII");
    const auto colon = text.find("://");
    if (colon == std::string_view::npos)
        refuse("it does not begin with https://");
    url out;
    const auto scheme = lower_ascii(text.substr(0, colon));
    if (scheme != "https" && scheme != "http")
        refuse("its scheme is neither https nor http");
    out.tls = scheme == "https";
    out.port = out.tls ? 443 : 80;

    const auto rest = text.substr(colon + 3);
    if (rest.find('#') != std::string_view::npos)
        refuse("a fragment (#) has no meaning here");
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    parse_authority(rest.substr(0, end), out);
    out.target = rest.substr(end);
    if (!out.target.starts_with('/'))
        out.target.insert(0, 1, '/');
    return out;
}

std::string resolve_reference(const std::string &base, std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    const auto scheme = base.find("://");
    const auto path = std::min(base.find_first_of("/?", scheme + 3), base.size());
    const auto query = std::min(base.find('?', path), base.size());
    const auto colon = reference.find(':');
    if (colon != std::string_view::npos && reference.substr(0, colon).find_first_of("/?") == std::string_view::npos)
        return std::string{reference};
    if (reference.empty())
        return base;
    if (reference.starts_with("//"))
        return base.substr(0, scheme + 1) + std::string{reference};
    if (reference.starts_with('?'))
        return base.substr(0, query) + std::string{reference};
    if (reference.starts_with('/'))
        return base.substr(0, path) + without_dots(reference);
    const auto folder = base.substr(path, query - path);
    const auto slash = folder.rfind('/');
    const auto begin = slash == std::string::npos ? "/" : folder.substr(0, slash + 1);
    return base.substr(0, path) + without_dots(begin + std::string{reference});
}

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto digits = text.substr(1, 2);
        unsigned char value = 0;
        const bool coded = text[0] == '%' && digits.size() == 2 &&
                           std::from_chars(digits.data(), digits.data() + 2, value, 16).ptr == digits.data() + 2;
        out += coded ? static_cast<char>(value) : text[0];
        text.remove_prefix(coded ? 3 : 1);
    }
    return out;
}

} // namespace smelt
