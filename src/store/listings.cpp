#include "smelt/store/listings.hpp"

#include "statements.hpp"

namespace smelt::store {

compared listings::compared_until(pipeline_id p) {
    const auto row = tx_.exec_one(sql("listing_compared"), p.value);
    return {std::chrono::milliseconds{integer(row[0])}, std::chrono::milliseconds{integer(row[1])}, text(row[2])};
}

void listings::set_compared(pipeline_id p, const std::string &now) {
    tx_.exec(sql("listing_set_compared"), p.value, now);
}

std::vector<std::string> listings::unknown_nonces(const std::vector<std::string> &nonces) {
    return unknown_of("listing_unknown_nonces", nonces);
}

std::vector<std::string> listings::unknown_jobs(const std::vector<std::string> &remote_ids) {
    return unknown_of("listing_unknown_jobs", remote_ids);
}

std::vector<std::string> listings::unknown_of(const char *statement, const std::vector<std::string> &listed) {
    std::vector<std::string> unknown;
    for (const auto &row : tx_.exec(sql(statement), db::array_literal(listed)))
        unknown.push_back(text(row[0]));
    return unknown;
}

} // namespace smelt::store
