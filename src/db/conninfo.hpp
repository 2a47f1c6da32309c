#pragma once

#include <string>
#include <string_view>

namespace smelt::db {

/// The connection string for a session of ours: the given one with application_name, UTF-8 and time limits for
/// connecting and for a peer that vanished. Those that the user set himself stay. Nothing that PgBouncer refuses at
/// startup is added.
std::string session_conninfo(const std::string &conninfo, std::string_view purpose);

/// A value in quotes, for "name=value" connection strings.
std::string conninfo_value(std::string_view value);

/// libpq's message in one line, fit to be shown: a message that quotes the connection string itself (it may hold a
/// password) is replaced.
std::string connect_problem(std::string_view message, const std::string &conninfo);

/// What to do about it.
std::string connect_hint(std::string_view message);

} // namespace smelt::db
