#include "smelt/store/estimates.hpp"

#include "report_fields.hpp"
#include "sql/estimates.hpp"
#include "statements.hpp"

namespace smelt::store {
std::optional<double> estimates::tokens_per_byte(task_id t, const std::string &model) {
    return optional_real(tx_.exec_one(sql::estimate_tokens_per_byte, t.value, model)[0]);
}

std::vector<past_requests> estimates::history(task_id t, version_id v) {
    std::vector<past_requests> all;
    for (const auto &row : tx_.exec(sql::estimate_history, t.value, v.value))
        all.push_back({row[0].as<int>(), text(row[1]), integer(row[2]), integer(row[3]), integer(row[4]),
                       integer(row[5]), integer(row[6]), integer(row[7])});
    return all;
}

std::optional<double> estimates::first_bytes(task_id t, version_id v) {
    const auto rows = tx_.exec(sql::estimate_first_bytes, t.value, v.value);
    return rows.empty() ? std::nullopt : optional_real(rows[0][0]);
}

past_pace estimates::pace(task_id t) {
    const auto row = tx_.exec_one(sql::estimate_pace, t.value);
    return {optional_real(row[0]), optional_real(row[1])};
}

std::vector<std::pair<std::string, std::int64_t>> estimates::filtered(pipeline_id p) {
    std::vector<std::pair<std::string, std::int64_t>> all;
    for (const auto &row : tx_.exec(sql::estimate_filtered, p.value))
        all.emplace_back(text(row[0]), integer(row[1]));
    return all;
}

std::int64_t estimates::refused(pipeline_id p, task_id t) {
    return integer(tx_.exec_one(sql::estimate_refused, p.value, t.value)[0]);
}

std::vector<std::string> estimates::keys(pipeline_id p, const std::vector<std::int64_t> &records) {
    std::vector<std::string> all;
    for (const auto &row : tx_.exec(sql::estimate_keys, p.value, db::array_literal(records)))
        all.push_back(text(row[0]));
    return all;
}

} // namespace smelt::store
