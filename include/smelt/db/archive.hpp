#pragma once

#include <filesystem>
#include <string>

namespace smelt::db {

/// How a program of PostgreSQL connects: arguments can be seen by everybody on the machine, so the password is apart.
struct archive_login {
    std::string conninfo; ///< empty: the libpq variables
    std::string password; ///< empty: none
};

/// Writes what Smelt has in the database (the schemas smelt, smelt_functions and smelt_out) into a file in pg_dump's
/// custom format, of one moment; runs may go on meanwhile. The file is its owner's alone, and is not there when this
/// throws. Throws usage_error with pg_dump's own words.
void dump_archive(const archive_login &from, const std::filesystem::path &wanted);

/// Reads such a file into a database that has no schema of Smelt, and runs the last statements, in one transaction; who
/// connects owns it then. Takes as much room in the folder for temporary files as the data. Throws usage_error with the
/// words of pg_restore or psql.
void restore_archive(const archive_login &to, const std::filesystem::path &file, const std::string &last_statements);

} // namespace smelt::db
