#include "due.hpp"

#include "orchestrator/transactions.hpp"

#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/rules.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace smelt::orchestrator {
namespace {

constexpr std::int64_t most_at_once = 10'000;

/// A record's verdict: why it is skipped, or that it may go on.
struct verdict {
    const store::due_item *item = nullptr;
    std::optional<std::string> skip;
    bool is_decided = false; ///< a rule pack has an answer
};

/// Of the items whose needs are met, or never will be. What waits for an answer is due again when it comes.
std::vector<verdict> judge(const std::vector<store::due_item> &items, const std::string &condition, run_pass &pass) {
    std::vector<verdict> verdicts;
    std::vector<std::size_t> asked; // places in verdicts
    store::condition_rows rows;
    for (const auto &item : items) {
        if (!item.gone.empty()) {
            verdicts.push_back({&item, "needs " + item.gone + ", which was skipped"});
        } else if (item.complete && !item.decided.empty()) {
            verdicts.push_back({&item, std::nullopt, true});
        } else if (item.complete) {
            asked.push_back(verdicts.size());
            verdicts.push_back({&item, std::nullopt});
            rows.fields.push_back(item.fields);
            rows.tasks.push_back(item.tasks);
            rows.evidence.push_back(item.evidence);
        }
    }
    if (condition.empty() || asked.empty())
        return verdicts;
    db::connection rules{pass.run.conninfo, "smelt run when"};
    const db::pool::guest stoppable{pass.run.db, rules};
    const auto found =
        store::evaluate_conditions(rules, {{"when", condition, store::expression::sees::tasks_and_fields}}, rows);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto &one = found[i][0];
        if (!one.error.empty())
            verdicts[asked[i]].skip = "when: " + one.error;
        else if (!one.holds)
            verdicts[asked[i]].skip = "when";
    }
    return verdicts;
}

/// What is known about them is not so any more: they are looked at again.
std::vector<verdict> keep_current(store::due_queue &queue, pipeline_id p, task_id t, std::vector<verdict> verdicts) {
    std::vector<store::due_item> items;
    items.reserve(verdicts.size());
    for (const auto &v : verdicts)
        items.push_back(*v.item);
    const auto still = queue.lock(p, t, items);
    const std::set<std::int64_t> current{still.begin(), still.end()};
    std::vector<std::int64_t> again;
    std::erase_if(verdicts, [&](const verdict &v) {
        const bool is_old = !current.contains(v.item->record);
        if (is_old)
            again.push_back(v.item->record);
        return is_old;
    });
    queue.put_back(p, t, again);
    return verdicts;
}

/// What follows for the tasks that need this one.
void pass_on(db::transaction &tx, pipeline_id p, task_id t, const std::vector<store::settled_item> &settled) {
    std::vector<std::int64_t> lost, decided;
    for (const auto &item : settled) {
        if (item.former == static_cast<int>(item_status::extracted))
            lost.push_back(item.record);
        if (item.next == static_cast<int>(item_status::extracted) ||
            item.next == static_cast<int>(item_status::skipped))
            decided.push_back(item.record);
    }
    store::graph graph{tx};
    graph.taken_away(p, t, lost);
    graph.answered(p, t, decided, false);
}

/// Stores what rule packs have answered; what stays needs another verdict, or none.
void decide(store::due_queue &queue, pipeline_id p, task_id t, std::vector<verdict> &verdicts) {
    std::map<std::string, std::vector<store::decided_item>> by_pack;
    for (const auto &v : verdicts)
        if (v.is_decided)
            by_pack[v.item->pack].push_back({v.item->record, v.item->decided, v.item->built_from});
    std::set<std::int64_t> answered;
    for (const auto &[pack, items] : by_pack)
        for (const auto &item : queue.decide(p, t, pack, items))
            answered.insert(item.record);
    std::erase_if(verdicts, [&](const verdict &v) { return answered.contains(v.item->record); });
}

/// One transaction over items of one task: those that come first in the graph. False: there are none, or another run
/// has them.
bool settle_some(db::connection &c, run_pass &pass, pipeline_id p) {
    db::transaction tx{c};
    store::due_queue queue{tx};
    if (queue.is_empty(p) || !queue.try_lock(p))
        return false;
    const auto taken = queue.take(p, most_at_once);
    if (taken.records.empty())
        return false;
    const auto items = queue.look(p, taken);
    auto verdicts = keep_current(queue, p, taken.task, judge(items, taken.condition, pass));
    decide(queue, p, taken.task, verdicts);
    std::vector<std::int64_t> records;
    std::vector<std::optional<std::string>> reasons;
    for (const auto &v : verdicts) {
        records.push_back(v.item->record);
        reasons.push_back(v.skip);
    }
    const auto settled = queue.settle(p, taken.task, records, reasons);
    pass_on(tx, p, taken.task, settled);
    failpoint("due.before_commit");
    tx.commit();
    failpoint("due.after_commit");
    return true;
}

} // namespace

awaitable<void> settle_due_items(run_pass &pass, const registered_pipeline &p) {
    auto work = [&](db::connection &c) { return settle_some(c, pass, p.id); };
    while (co_await pass.run.db.run(work)) {
        if (pass.run.is_ending())
            co_return;
    }
}

awaitable<void> settle_due_items(run_pass &pass) {
    for (auto &p : pass.pipelines)
        co_await isolated(pass, p.config->name + ": what waits for other tasks", settle_due_items(pass, p));
}

} // namespace smelt::orchestrator
