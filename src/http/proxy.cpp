#include "smelt/http/proxy.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace smelt::http {
namespace {

namespace asio = boost::asio;

constexpr std::string_view hint = "write it as http://[user:password@]host[:port]";

std::string base64(std::string_view text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0'); // EVP_EncodeBlock ends it with a null byte
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char *>(out.data()),
                        reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

/// The bytes of an address; empty when the text is none.
std::vector<unsigned char> address_bytes(std::string_view text) {
    boost::system::error_code not_an_address;
    const auto address = asio::ip::make_address(std::string{text}, not_an_address);
    if (not_an_address)
        return {};
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

bool share_bits(const std::vector<unsigned char> &a, const std::vector<unsigned char> &b, std::size_t bits) {
    if (a.size() != b.size() || bits > 8 * a.size())
        return false;
    for (std::size_t i = 0; i < bits; ++i)
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8)) & 1U)
            return false;
    return true;
}

/// "10.0.0.0/8" or an address by itself.
bool is_in_network(std::string_view entry, const std::vector<unsigned char> &address) {
    const auto slash = std::min(entry.find('/'), entry.size());
    const auto network = address_bytes(entry.substr(0, slash));
    if (network.empty())
        return false;
    std::size_t bits = 8 * network.size();
    if (slash < entry.size()) {
        const auto digits = entry.substr(slash + 1);
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (ec != std::errc{} || end != digits.data() + digits.size())
            return false;
    }
    return share_bits(network, address, bits);
}

/// Takes ":port" off; false when it is not the port of `to`.
bool port_matches(std::string_view &entry, const url &to) {
    const bool bracketed = entry.starts_with('[');
    const auto close = bracketed ? entry.find(']') : std::string_view::npos;
    if (bracketed && close == std::string_view::npos)
        return false;
    const auto colon = entry.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracketed ? colon == close + 1 : entry.find(':') == colon);
    const bool matches = !has_port || entry.substr(colon + 1) == std::to_string(to.port);
    if (has_port)
        entry = entry.substr(0, colon);
    if (bracketed)
        entry = entry.substr(1, close - 1);
    return matches;
}

bool names(std::string_view entry, const url &to) {
    if (entry == "*")
        return true;
    if (!port_matches(entry, to))
        return false;
    if (const auto address = address_bytes(to.host); !address.empty())
        return is_in_network(entry, address);
    auto name = lower_ascii(entry);
    name.erase(0, std::min(name.find_first_not_of('.'), name.size()));
    if (name.empty() || !to.host.ends_with(name))
        return false;
    const auto before = to.host.size() - name.size();
    return before == 0 || to.host[before - 1] == '.';
}

/// The first of the variables that holds something.
std::pair<std::string, std::string> first_set(const std::vector<const char *> &variables,
                                              const environment_reader &environment) {
    for (const auto *name : variables)
        if (auto value = environment(name); !value.empty())
            return {std::move(value), name};
    return {};
}

std::vector<const char *> variables_for(const url &to, const environment_reader &environment) {
    if (to.tls)
        return {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    if (!environment("REQUEST_METHOD").empty())
        return {"http_proxy", "all_proxy", "ALL_PROXY"};
    return {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
}

} // namespace

proxy parse_proxy(std::string_view text) {
    const auto scheme_end = text.find("://");
    const auto scheme = scheme_end == std::string_view::npos ? "http" : lower_ascii(text.substr(0, scheme_end));
    if (scheme != "http")
        throw usage_error{"the proxy is no plain HTTP proxy, and others (https, socks) are not supported",
                          std::string{hint}};
    auto rest = scheme_end == std::string_view::npos ? text : text.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    proxy out;
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        out.authorization = "Basic " + base64(percent_decode(rest.substr(0, at)));
        rest = rest.substr(at + 1);
    }
    try {
        out.address = parse_url("http://" + std::string{rest});
    } catch (const usage_error &) {
        throw usage_error{"the proxy's address cannot be read", std::string{hint}};
    }
    return out;
}

std::string read_environment(const char *name) {
    const char *value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

std::optional<way_out> find_way_out(const url &to, std::string_view setting, const environment_reader &environment) {
    if (setting == "none")
        return std::nullopt;
    if (!setting.empty())
        return way_out{parse_proxy(setting), "provider.proxy"};
    if (to.loopback())
        return std::nullopt;
    const auto [address, variable] = first_set(variables_for(to, environment), environment);
    if (address.empty() || is_named_by(first_set({"no_proxy", "NO_PROXY"}, environment).first, to))
        return std::nullopt;
    try {
        return way_out{parse_proxy(trim(address)), variable};
    } catch (const usage_error &e) {
        throw usage_error{"environment variable " + variable + ": " + e.what(),
                          e.hint() + ", or set provider.proxy: none"};
    }
}

bool is_named_by(std::string_view no_proxy, const url &to) {
    while (!no_proxy.empty()) {
        const auto end = std::min(no_proxy.find_first_of(", \t"), no_proxy.size());
        if (end > 0 && names(no_proxy.substr(0, end), to))
            return true;
        no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    }
    return false;
}

} // namespace smelt::http
