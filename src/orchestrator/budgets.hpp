#pragma once

#include "run_pass.hpp"

#include "smelt/base/error.hpp"
#include "smelt/orchestrator/request_ceilings.hpp"
#include "smelt/store/budgets.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// The budget that has no room, and what for.
struct spent_budget {
    store::budget_row row;
    picousd wanted = 0;
    [[nodiscard]] budget_state state() const { return state_of(row.use, wanted); }
    [[nodiscard]] bool needs_person() const { return smelt::needs_person(state(), row.use.per); }
};

/// What all of them have left.
picousd left_of(const std::vector<store::budget_row> &budgets);
/// The one in which `wanted` has no room; of several the one that lasts longest. Nothing: it has room in all.
std::optional<spent_budget> without_room(const std::vector<store::budget_row> &budgets, picousd wanted);
/// Writes down for those who look what did not fit where, and that the rest did. reserved: what is beside what the
/// budgets count.
void note_wanted(store::budgets &table, const std::vector<store::budget_row> &budgets, picousd reserved,
                 picousd wanted);

/// "papers: the budget of $25.00 per day"
std::string budget_name(const config::pipeline &p, const store::budget_row &row);

/// "papers: the budget of $25.00 per day is used up: …". Also says when more is sent.
std::string sentence_of(const config::pipeline &p, const spent_budget &spent);

/// What keeps requests of a task's rung from being sent now, by what did not fit last.
std::optional<spent_budget> budget_hold(db::transaction &tx, const run_pass &pass, const registered_pipeline &p,
                                        account_id account);

/// The ceilings of a rung's requests, by what the task's batches have shown so far.
request_ceilings ceilings_of(db::transaction &tx, const registered_pipeline &p, const registered_task &task, int rung);

/// With the task's line and whose budget it is.
file_error no_ceiling(const registered_pipeline &p, const registered_task &task, const request_ceilings &ceilings,
                      const store::budget_row &budget);

/// A note, once for each budget.
void say_spent(run_pass &pass, const registered_pipeline &p, const spent_budget &spent);

/// Throws file_error, with the task's line, when a budget applies to requests that it cannot be said of what they may
/// cost at most: of any rung, and of a fallback.
void check_budgets(db::transaction &tx, const registered_pipeline &p);

} // namespace smelt::orchestrator
