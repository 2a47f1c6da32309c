#include "smelt/store/holds.hpp"

#include "statements.hpp"

namespace smelt::store {
namespace {

std::vector<std::string> reasons(const pqxx::result &rows) {
    std::vector<std::string> found;
    for (const auto &row : rows)
        found.push_back(text(row[0]));
    return found;
}

} // namespace

void holds::place(pipeline_id p, std::optional<task_id> t, std::optional<account_id> a, const std::string &kind,
                  const std::string &reason, std::optional<std::chrono::milliseconds> for_how_long) {
    const auto duration = for_how_long ? std::optional<std::int64_t>{for_how_long->count()} : std::nullopt;
    tx_.exec(sql("hold_place"), p.value, raw(t), raw(a), kind, reason, duration);
}

std::vector<std::string> holds::active(task_id t, account_id a) {
    return reasons(tx_.exec(sql("hold_active"), t.value, a.value));
}

std::vector<std::string> holds::lift(pipeline_id p) {
    return reasons(tx_.exec(sql("hold_lift"), p.value));
}

} // namespace smelt::store
