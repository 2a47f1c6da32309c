#include "sql/budgets.hpp"
#include "statements.hpp"

#include "smelt/store/reports.hpp"

namespace smelt::store {

std::vector<budget_report> reports::budgets(const std::string &pipeline) {
    std::vector<budget_report> all;
    for (const auto &row : tx_.exec(sql::budget_report, pipeline))
        all.push_back({text(row["of"]), text(row["per"]), text(row["limit_usd"]), text(row["spent_usd"]),
                       text(row["reserved_usd"]), text(row["left_usd"]), text(row["said_by"]),
                       row["is_used_up"].as<bool>(), row["is_too_small"].as<bool>(), row["differ"].as<bool>(),
                       row["is_of_account"].as<bool>()});
    return all;
}

} // namespace smelt::store
