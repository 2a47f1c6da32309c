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

/// A migration, and when it was applied here; empty: it is missing.
struct migration_state {
    std::string name, applied_at;
};
/// All that this program knows, in order. Throws as inspect_schema.
std::vector<migration_state> migration_states(connection &c);

/// What is missing as one script that a person may run as another role: in one transaction, with the rows of
/// smelt.migration. Empty: nothing is. Throws as inspect_schema.
std::string missing_sql(connection &c);

/// Applies what is missing, each run in one transaction under an advisory transaction lock. Returns the names applied.
/// keeps false: all of it is tried and rolled back. Throws usage_error while runs are under way, which would go on with
/// the older program.
std::vector<std::string> migrate(connection &c, bool keeps = true);

} // namespace smelt::db
