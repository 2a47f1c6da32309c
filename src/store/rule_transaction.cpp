#include "rule_transaction.hpp"

#include "sql/rules.hpp"

namespace smelt::store {

bool confine(db::transaction &tx) {
    tx.exec(sql::rules_environment);
    const auto role = tx.exec(sql::rules_role);
    if (role.empty())
        return true;
    tx.exec("SET LOCAL ROLE smelt_rules");
    return role[0]["reads_answers"].as<bool>();
}

} // namespace smelt::store
