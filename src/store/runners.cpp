#include "smelt/store/runners.hpp"

#include "sql/runners.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/migrator.hpp"
#include "smelt/store/installation.hpp"

namespace smelt::store {

runner_id runners::begin(const process_identity &who, std::chrono::milliseconds lease) {
    const auto known = static_cast<std::int64_t>(db::all_migrations().size());
    const auto rows = tx_.exec(sql::runner_begin, who.host, who.boot_id, who.pid, who.pid_start, who.pid_namespace,
                               lease.count(), known);
    if (rows.empty()) {
        installation{tx_}.refuse_moved();
        throw usage_error{"the database was migrated by another smelt just now", "use the one that migrated it"};
    }
    return runner_id{rows[0][0].as<int>()};
}

bool runners::renew(runner_id r, std::chrono::milliseconds lease) {
    return tx_.exec(sql::runner_renew, r.value, lease.count()).affected_rows() == 1;
}

void runners::end(runner_id r) {
    tx_.exec(sql::runner_end, r.value);
}

std::vector<runner_row> runners::of_host(const process_identity &me) {
    std::vector<runner_row> found;
    for (const auto &row : tx_.exec(sql::runner_of_host, me.host, me.boot_id, me.pid_namespace))
        found.push_back({runner_id{row[0].as<int>()},
                         {me.host, me.boot_id, row[1].as<int>(), row[2].as<std::int64_t>(), me.pid_namespace}});
    return found;
}

} // namespace smelt::store
