#include "smelt/store/holds.hpp"

#include "sql/holds.hpp"
#include "statements.hpp"

namespace smelt::store {
void holds::place(pipeline_id p, const held &what, const std::string &kind, const std::string &reason,
                  std::optional<std::chrono::milliseconds> for_how_long, const std::string &key_fingerprint) {
    const auto duration = for_how_long ? std::optional<std::int64_t>{for_how_long->count()} : std::nullopt;
    tx_.exec(sql::hold_place, p.value, raw(what.task), what.rung, raw(what.account), kind, reason, duration,
             nullable(key_fingerprint));
}

std::vector<active_hold> holds::active(task_id t, int rung, account_id a, const std::string &key_fingerprint) {
    std::vector<active_hold> found;
    for (const auto &row : tx_.exec(sql::hold_active, t.value, rung, a.value, key_fingerprint)) {
        active_hold hold{text(row[0]), std::nullopt, row[2].as<bool>(), std::nullopt};
        if (!row[3].is_null())
            hold.rung = row[3].as<int>();
        if (!row[1].is_null())
            hold.remaining = std::chrono::milliseconds{row[1].as<std::int64_t>()};
        found.push_back(std::move(hold));
    }
    return found;
}

void holds::lift_old_key(pipeline_id p, account_id a, const std::string &key_fingerprint) {
    tx_.exec(sql::hold_lift_old_key, p.value, a.value, key_fingerprint);
}

std::vector<std::string> holds::lift(pipeline_id p) {
    std::vector<std::string> reasons;
    for (const auto &row : tx_.exec(sql::hold_lift, p.value))
        reasons.push_back(text(row[0]));
    return reasons;
}

} // namespace smelt::store
