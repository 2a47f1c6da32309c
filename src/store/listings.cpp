#include "smelt/store/listings.hpp"

#include "sql/listings.hpp"
#include "statements.hpp"

namespace smelt::store {

compared listings::compared_until(account_id a, const std::string &key_fingerprint) {
    const auto row = tx_.exec_one(sql::listing_compared, a.value, key_fingerprint);
    return {std::chrono::milliseconds{integer(row[0])}, text(row[1])};
}

void listings::set_compared(account_id a, const std::string &key_fingerprint, const std::string &now) {
    tx_.exec(sql::listing_set_compared, a.value, key_fingerprint, now);
}

std::chrono::milliseconds listings::installation_age() {
    return std::chrono::milliseconds{integer(tx_.exec_one(sql::installation_age)[0])};
}

std::vector<std::string> listings::unrecognised_nonces(const std::vector<std::string> &nonces) {
    return unrecognised_of(sql::listing_unrecognised_nonces, nonces);
}

std::vector<std::string> listings::unrecognised_jobs(const std::vector<std::string> &remote_ids) {
    return unrecognised_of(sql::listing_unrecognised_jobs, remote_ids);
}

std::map<std::string, std::string> listings::jobs_of(const std::vector<std::string> &nonces) {
    std::map<std::string, std::string> jobs;
    for (const auto &row : tx_.exec(sql::listing_jobs_of, db::array_literal(nonces)))
        jobs.emplace(text(row[0]), text(row[1]));
    return jobs;
}

std::vector<std::string> listings::unrecognised_of(const db::statement<1> &statement,
                                                   const std::vector<std::string> &listed) {
    std::vector<std::string> found;
    for (const auto &row : tx_.exec(statement, db::array_literal(listed)))
        found.push_back(text(row[0]));
    return found;
}

} // namespace smelt::store
