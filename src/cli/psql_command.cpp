#include "smelt/cli/psql_command.hpp"

#include "smelt/base/url.hpp"

#include <algorithm>

namespace smelt::cli {
namespace {

/// postgresql://user:password@host/db?password=...
split_conninfo split_uri(std::string_view uri) {
    split_conninfo out{std::string{uri}, {}};
    const auto start = uri.find("://") + 3;
    const auto end = uri.find_first_of("/?", start);
    const auto at = uri.substr(0, end).rfind('@');
    const auto colon = uri.find(':', start);
    if (at != std::string_view::npos && at >= start && colon < at) {
        out.password = percent_decode(uri.substr(colon + 1, at - colon - 1));
        out.conninfo.erase(colon, at - colon);
    }
    for (const std::string_view key : {"?password=", "&password="}) {
        const auto found = out.conninfo.find(key);
        if (found == std::string::npos)
            continue;
        const auto stop = std::min(out.conninfo.find('&', found + 1), out.conninfo.size());
        out.password =
            percent_decode(std::string_view{out.conninfo}.substr(found + key.size(), stop - found - key.size()));
        const bool more = stop < out.conninfo.size();
        // "?password=x&a=b" keeps its question mark; "&password=x" goes with its ampersand.
        if (key[0] == '?' && more)
            out.conninfo.erase(found + 1, stop - found);
        else
            out.conninfo.erase(found, stop - found);
    }
    return out;
}

/// The value that starts at text[at] in keyword=value form: quoted with backslash escapes, or up to a blank.
std::size_t value_end(std::string_view text, std::size_t at, std::string &value) {
    const bool quoted = at < text.size() && text[at] == '\'';
    for (at += quoted ? 1 : 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size())
            ++at;
        else if (quoted ? text[at] == '\'' : text[at] == ' ')
            break;
        value += text[at];
    }
    return quoted && at < text.size() ? at + 1 : at;
}

split_conninfo split_words(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    split_conninfo out;
    for (std::size_t at = text.find_first_not_of(blanks); at < text.size(); at = text.find_first_not_of(blanks, at)) {
        const auto equals = text.find('=', at);
        if (equals == std::string_view::npos)
            return {std::string{text}, {}}; // libpq will say what is wrong
        const auto key_end = text.find_last_not_of(blanks, equals - 1) + 1;
        const auto first = text.find_first_not_of(blanks, equals + 1);
        std::string value;
        const auto end = value_end(text, first == std::string_view::npos ? text.size() : first, value);
        if (text.substr(at, key_end - at) == "password")
            out.password = value;
        else
            out.conninfo += (out.conninfo.empty() ? "" : " ") + std::string{text.substr(at, end - at)};
        at = end;
    }
    return out;
}

} // namespace

split_conninfo split_password(std::string_view conninfo) {
    const bool uri = conninfo.starts_with("postgres://") || conninfo.starts_with("postgresql://");
    return uri ? split_uri(conninfo) : split_words(conninfo);
}

std::vector<std::string> psql_arguments(const std::string &conninfo, const std::vector<std::string> &more) {
    std::vector<std::string> out{"psql"};
    if (!conninfo.empty()) {
        out.emplace_back("-d");
        out.push_back(conninfo);
    }
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

} // namespace smelt::cli
