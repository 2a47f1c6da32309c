#include "budgets.hpp"

#include "submit/build.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/estimates.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

std::string when_again(const store::budget_row &row) {
    switch (row.use.per) {
    case budget_period::invocation:
        return "the next run sends more";
    case budget_period::day:
        return "more is sent after midnight UTC";
    case budget_period::month:
        return "more is sent from the first day of the next month on (UTC)";
    case budget_period::total:
        break;
    }
    return "more is sent when you raise it (budget: in the file of " + row.said_by + ")";
}

/// Keeps the one that lasts longest of those without room.
void keep_worse(std::optional<spent_budget> &worst, const spent_budget &one) {
    const auto rank = [](const spent_budget &b) { return std::pair{b.state(), b.row.use.per}; };
    if (one.state() != budget_state::has_room && (!worst || rank(one) > rank(*worst)))
        worst = one;
}

} // namespace

std::string budget_name(const config::pipeline &p, const store::budget_row &row) {
    const auto amount = dollars_of(row.use.limit);
    const auto per = row.use.per == budget_period::total ? amount + " in total"
                     : row.use.per == budget_period::invocation
                         ? amount + " per run"
                         : amount + " per " + std::string{to_string(row.use.per)};
    return p.name + ": the budget of " + per + (row.account.empty() ? "" : " at " + row.account);
}

picousd left_of(const std::vector<store::budget_row> &budgets) {
    auto left = std::numeric_limits<picousd>::max();
    for (const auto &row : budgets)
        left = std::min(left, row.use.left());
    return left;
}

std::optional<spent_budget> without_room(const std::vector<store::budget_row> &budgets, picousd wanted) {
    std::optional<spent_budget> worst;
    for (const auto &row : budgets)
        keep_worse(worst, {row, wanted});
    return worst;
}

void note_wanted(store::budgets &table, const std::vector<store::budget_row> &budgets, picousd reserved,
                 picousd wanted) {
    for (const auto &row : budgets) {
        auto use = row.use;
        use.reserved += reserved;
        table.want(row, wanted > use.left() ? std::optional{wanted} : std::nullopt);
    }
}

std::string sentence_of(const config::pipeline &p, const spent_budget &spent) {
    const auto &use = spent.row.use;
    const auto name = budget_name(p, spent.row);
    const auto next = "the next request may cost up to " + dollars_of(spent.wanted);
    switch (spent.state()) {
    case budget_state::too_small:
        return name + " is less than a single request may cost (" + dollars_of(spent.wanted) +
               "); raise it, or lower the limit of the answer's tokens in params";
    case budget_state::waits:
        return name + ": unfinished batches may cost what is left of it; more is sent when they end";
    case budget_state::used_up:
    case budget_state::has_room:
        break;
    }
    const bool is_gone = use.left() * 20 < use.limit;
    return name + (is_gone ? " is used up: " : " has no room for the next request: ") + dollars_of(use.spent) +
           " is spent, and " + next + "; " + when_again(spent.row);
}

std::optional<spent_budget> budget_hold(db::transaction &tx, const run_pass &pass, const registered_pipeline &p,
                                        account_id account) {
    std::optional<spent_budget> worst;
    for (const auto &row : store::budgets{tx}.of(p.id, account, pass.run.runner))
        keep_worse(worst, {row, row.wanted});
    return worst;
}

request_ceilings ceilings_of(db::transaction &tx, const registered_pipeline &p, const registered_task &task, int rung) {
    const auto sent = expanded(task.ready->task.definition(), *p.config, rung);
    return {*p.asked_on(task, rung).spec, sent, store::estimates{tx}.tokens_per_byte(task.id, sent.model)};
}

file_error no_ceiling(const registered_pipeline &p, const registered_task &task, const request_ceilings &ceilings,
                      const store::budget_row &budget) {
    const auto whose = budget.account.empty()
                           ? std::string{"its budget"}
                           : "the budget at " + budget.account + " (in the file of " + budget.said_by + ")";
    return {p.config->file.string(), task.spec->line,
            "task " + task.spec->definition.name + ": " + ceilings.unknown() + ", so " + whose + " cannot hold",
            ceilings.hint()};
}

void say_spent(run_pass &pass, const registered_pipeline &p, const spent_budget &spent) {
    if (pass.said_budgets.insert(spent.row.id).second)
        pass.note(sentence_of(*p.config, spent));
}

void check_budgets(db::transaction &tx, const registered_pipeline &p) {
    for (const auto &task : p.tasks)
        for (int rung = p.lowest_rung(task); rung < static_cast<int>(task.rungs.size()); ++rung) {
            const auto &asked = p.asked_on(task, rung);
            const request_ceilings ceilings{*asked.spec, expanded(task.ready->task.definition(), *p.config, rung), {}};
            if (ceilings.unknown().empty())
                continue;
            const auto applying = store::budgets{tx}.of(p.id, asked.account, {});
            if (!applying.empty())
                throw no_ceiling(p, task, ceilings, applying.front());
        }
}

} // namespace smelt::orchestrator
