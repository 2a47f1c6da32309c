#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smelt::cli {

/// A connection string without its password, and the password apart: arguments of a process can be seen by everybody on
/// the machine, its environment cannot.
struct split_conninfo {
    std::string conninfo;
    std::string password; ///< empty: none
};
split_conninfo split_password(std::string_view conninfo);

/// argv of psql for a connection string and the user's own arguments.
std::vector<std::string> psql_arguments(const std::string &conninfo, const std::vector<std::string> &more);

} // namespace smelt::cli
