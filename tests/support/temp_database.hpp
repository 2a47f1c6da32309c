#pragma once

#include "smelt/db/connection.hpp"

#include <string>

namespace smelt::test {

/// A database of this test's own on the server that the ctest fixture started, dropped with the object unless
/// SMELT_KEEP_DB is set. SMELT_TEST_DB says which server: a connection string without database name, or "@FILE" that
/// holds one.
class temp_database {
  public:
    enum class content { migrated, empty };
    explicit temp_database(content with = content::migrated);
    ~temp_database();
    temp_database(const temp_database &) = delete;
    temp_database &operator=(const temp_database &) = delete;

    /// How to connect, through PgBouncer when the test runs that way.
    [[nodiscard]] const std::string &conninfo() const { return conninfo_; }
    /// How to connect without PgBouncer.
    [[nodiscard]] const std::string &direct() const { return direct_; }
    [[nodiscard]] const std::string &name() const { return name_; }

  private:
    std::string name_;
    std::string conninfo_;
    std::string direct_;
};

/// The first value of the only row that the query returns, as text; "null" for NULL.
std::string value_of(db::connection &c, const std::string &query);

/// Whether this run goes through PgBouncer.
bool through_pgbouncer();

} // namespace smelt::test
