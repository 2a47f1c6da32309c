#include "smelt/store/accounts.hpp"

#include "statements.hpp"

namespace smelt::store {

compared accounts::compared_until(account_id a) {
    const auto row = tx_.exec_one(sql("account_compared"), a.value);
    return {std::chrono::milliseconds{integer(row[0])}, std::chrono::milliseconds{integer(row[1])}, text(row[2])};
}

void accounts::set_compared(account_id a, const std::string &now) {
    tx_.exec(sql("account_set_compared"), a.value, now);
}

std::vector<std::string> accounts::unknown_nonces(const std::vector<std::string> &nonces) {
    std::vector<std::string> unknown;
    for (const auto &row : tx_.exec(sql("account_unknown_nonces"), db::array_literal(nonces)))
        unknown.push_back(text(row[0]));
    return unknown;
}

} // namespace smelt::store
