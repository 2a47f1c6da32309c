#pragma once

#include "smelt/cli/context.hpp"

#include <string>

/// A whole database: into a file, out of one, and to another place.
namespace smelt::cli {

/// How any program of PostgreSQL connects to the database in use, without its password.
std::string database_url(context &c);

/// Writes what Smelt has in the database into a file.
exit_code dump_database(context &c, const std::string &file);

/// Reads such a file into the database in use, which has nothing of Smelt yet. as_copy: the one it was made from goes
/// on working.
exit_code restore_database(context &c, const std::string &file, bool as_copy);

/// Takes everything from the database in use to another one, after which nothing runs in the old one any more.
exit_code move_database(context &c, const std::string &target, bool asks);

} // namespace smelt::cli
