#include "conninfo.hpp"

#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace smelt::db {
namespace {

bool is_uri(std::string_view conninfo) {
    return conninfo.starts_with("postgres://") || conninfo.starts_with("postgresql://");
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string with_option(std::string conninfo, std::string_view name, std::string_view value) {
    if (!is_uri(conninfo))
        return conninfo + (conninfo.empty() ? "" : " ") + std::string{name} + '=' + conninfo_value(value);
    conninfo += conninfo.find('?') == std::string::npos ? '?' : '&';
    return conninfo + std::string{name} + '=' + percent_encode(value);
}

/// Every piece between delimiters that follows "password" or stands as password in a URI.
std::string password_of(std::string_view conninfo) {
    if (is_uri(conninfo)) {
        const auto start = conninfo.find("://") + 3;
        const auto at = conninfo.find('@', start);
        const auto colon = conninfo.find(':', start);
        if (at != std::string_view::npos && colon < at)
            return std::string{conninfo.substr(colon + 1, at - colon - 1)};
    }
    const auto key = conninfo.find("password");
    if (key == std::string_view::npos)
        return {};
    auto rest = conninfo.substr(key + 8);
    rest.remove_prefix(std::min(rest.find_first_not_of(" ='"), rest.size()));
    return std::string{rest.substr(0, rest.find_first_of(" '&"))};
}

} // namespace

std::string conninfo_value(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '\'';
}

std::string session_conninfo(const std::string &conninfo, std::string_view purpose) {
    auto out = conninfo;
    if (!contains(conninfo, "connect_timeout") && std::getenv("PGCONNECT_TIMEOUT") == nullptr)
        out = with_option(std::move(out), "connect_timeout", "10");
    if (!contains(conninfo, "keepalives")) {
        // Without these a host that vanished is noticed after two hours.
        out = with_option(std::move(out), "keepalives_idle", "60");
        out = with_option(std::move(out), "keepalives_interval", "10");
        out = with_option(std::move(out), "keepalives_count", "6");
    }
    // They are not sent while a statement is on its way: that would be sent again for a quarter of an hour.
    if (!contains(conninfo, "tcp_user_timeout"))
        out = with_option(std::move(out), "tcp_user_timeout", "120000");
    out = with_option(std::move(out), "client_encoding", "UTF8");
    return with_option(std::move(out), "application_name", purpose);
}

std::string connect_problem(std::string_view message, const std::string &conninfo) {
    const auto password = password_of(conninfo);
    const bool quotes_input = contains(message, "connection info string") || contains(message, "URI") ||
                              contains(message, "connection option") ||
                              (!password.empty() && contains(message, password));
    if (quotes_input)
        return "the connection string cannot be used (its text is not shown, it may hold a password)";
    std::string line;
    for (const char c : trim(message)) {
        const bool blank = c == '\n' || c == '\t' || c == ' ';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    return "cannot connect to PostgreSQL: " + line;
}

std::string connect_hint(std::string_view message) {
    if (contains(message, "connection info string") || contains(message, "URI") ||
        contains(message, "connection option"))
        return "write it as postgresql://user@host:5432/database or \"host=... port=... dbname=... user=...\"";
    if (contains(message, "password"))
        return "put the password into PGPASSWORD or ~/.pgpass";
    if (contains(message, "does not exist"))
        return "create it (createdb, createuser), or name another one in DATABASE_URL or --db";
    if (contains(message, "too many") || contains(message, "remaining connection slots"))
        return "the server has no connection left; wait, or raise its max_connections";
    if (contains(message, "starting up") || contains(message, "shutting down") || contains(message, "recovery"))
        return "the server is starting or stopping; run the command again in a moment";
    return "is the server running, and are host and port right? DATABASE_URL, --db or the PG* variables say where; "
           "without any of them smelt runs a server of its own";
}

} // namespace smelt::db
