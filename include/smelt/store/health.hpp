#pragma once

#include "smelt/db/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smelt::store {

/// Something that a check found, in one sentence.
struct anomaly {
    std::string what;
};

/// What one deep check recomputes and what it found wrong (the first 20). Empty: all is as it should be.
struct deep_check {
    std::string name; ///< "ledger of every batch", for people
    std::vector<anomaly> wrong;
};

/// What smelt doctor asks of the database.
class health {
  public:
    explicit health(db::transaction &tx) : tx_{tx} {}

    std::string server_version();
    int server_version_number();
    /// No table or view of anybody: only such a foreign database is migrated without being asked.
    bool database_is_empty();

    /// Unfinished batches whose runner's lease has run out: the next run takes them over.
    std::vector<std::string> dead_leases();
    std::vector<std::string> active_holds();
    std::vector<std::string> unknown_batches();
    /// Active tasks whose typed view is not there.
    std::vector<std::string> absent_views();

    /// Names of the deep checks, in order.
    static const std::vector<std::string> &deep_checks();
    /// Recomputes from smelt.attempt and smelt.item in one statement. The name is one of deep_checks().
    deep_check run_deep(const std::string &name);

  private:
    std::vector<std::string> sentences(std::string_view statement);
    db::transaction &tx_;
};

} // namespace smelt::store
