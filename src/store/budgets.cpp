#include "smelt/store/budgets.hpp"

#include "sql/budgets.hpp"
#include "statements.hpp"

#include <algorithm>
#include <tuple>

namespace smelt::store {
namespace {

/// Account (0: none), period and limit.
using said = std::tuple<std::int32_t, std::string, picousd>;

std::vector<said> said_before(db::transaction &tx, pipeline_id p) {
    std::vector<said> all;
    for (const auto &row : tx.exec(sql::budget_declared, p.value))
        all.emplace_back(static_cast<std::int32_t>(integer(row[0])), text(row[1]), integer(row[2]));
    std::ranges::sort(all);
    return all;
}

} // namespace

void budgets::declare(pipeline_id p, const std::vector<declared_budget> &all) {
    std::vector<said> wanted;
    wanted.reserve(all.size());
    for (const auto &one : all)
        wanted.emplace_back(one.account ? one.account->value : 0, to_string(one.amount.per), one.amount.limit);
    std::ranges::sort(wanted);
    if (said_before(tx_, p) == wanted)
        return;
    tx_.exec(sql::budget_declare_lock);
    if (said_before(tx_, p) == wanted)
        return;
    tx_.exec(sql::budget_forget, p.value);
    for (const auto &[account, period, limit] : wanted)
        tx_.exec(sql::budget_declare, p.value, account == 0 ? std::nullopt : std::optional{account}, period, limit);
    tx_.exec(sql::budget_drop_unsaid);
}

bool budgets::lock(pipeline_id p, account_id a) {
    return !tx_.exec(sql::budget_lock, p.value, a.value).empty();
}

bool budgets::any(pipeline_id p, account_id a) {
    return tx_.exec_one(sql::budget_any, p.value, a.value)[0].as<bool>();
}

std::vector<budget_row> budgets::of(pipeline_id p, account_id a, runner_id invocation, batch_id without) {
    std::vector<budget_row> rows;
    for (const auto &row : tx_.exec(sql::budget_list, p.value, a.value, invocation.value, without.value)) {
        budget_row one;
        one.id = row[0].as<std::int32_t>();
        one.use = {budget_period_named(text(row[1])).value(),
                   integer(row[2]),
                   integer(row[3]),
                   integer(row[4]),
                   integer(row[5]),
                   row[6].as<bool>()};
        one.wanted = integer(row[7]);
        one.account = text(row[8]);
        one.said_by = text(row[9]);
        rows.push_back(std::move(one));
    }
    return rows;
}

void budgets::want(const budget_row &row, std::optional<picousd> wanted) {
    if (row.wanted != wanted.value_or(0))
        tx_.exec(sql::budget_want, row.id, wanted);
}

} // namespace smelt::store
