#pragma once

#include "smelt/base/embedded.hpp"
#include "smelt/db/migrator.hpp"

#include <span>
#include <string>
#include <vector>

namespace smelt::db {

/// A row of smelt.migration.
struct applied_migration {
    int number;
    std::string name;
    std::string checksum;
};

/// Files named "migrations/0001_schema.sql" in order; std::logic_error unless their numbers are 1, 2, 3 ...
std::vector<migration> migrations_of(std::span<const embedded::file> files);

/// Those of `known` that `done` lacks, in order. Throws usage_error when the database is newer than the binary, when a
/// migration has changed since it was applied, or when one in the middle is missing.
std::vector<migration> missing_migrations(const std::vector<migration> &known,
                                          const std::vector<applied_migration> &done);

} // namespace smelt::db
