#pragma once

#include "smelt/db/connection.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::db {

struct migration {
    int number;
    std::string_view name; ///< "0001_schema.sql"
    std::string_view sql;
};

/// The migrations in the binary, in order; numbers are dense from 1 (std::logic_error otherwise).
std::vector<migration> all_migrations();

enum class schema_state { absent, older, current };

/// What the database holds. Throws usage_error when a recorded checksum differs from the binary's or when the database
/// is newer than the binary.
schema_state inspect_schema(connection &c);

/// Applies what is missing, each run in one transaction under an advisory transaction lock. Returns the names applied.
std::vector<std::string> migrate(connection &c);

} // namespace smelt::db
