#pragma once

#include "smelt/db/connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smelt::store {

/// What keeps work from going on.
struct obstacle {
    std::string sentence;
    bool needs_person = false; ///< it stands there until somebody has done something
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
    /// The database is not in the cluster, or not on the timeline, of its first run.
    std::vector<std::string> moved();
    std::vector<obstacle> active_holds();
    std::vector<obstacle> unknown_batches();
    /// Batches whose items were deleted while they were under way.
    std::vector<std::string> orphaned();
    /// Active tasks whose typed view is not there.
    std::vector<std::string> absent_views();

    /// Names of the deep checks, in order.
    static const std::vector<std::string> &deep_checks();
    /// Recomputes from smelt.attempt and smelt.item in one statement, so it sees one moment. The name is one of
    /// deep_checks(). Returns what is wrong in sentences, the first 20; none when all is as it should be.
    std::vector<std::string> run_deep(const std::string &name);

  private:
    std::vector<std::string> sentences(const db::statement<0> &statement);
    std::vector<obstacle> obstacles(const db::statement<0> &statement);
    db::transaction &tx_;
};

} // namespace smelt::store
