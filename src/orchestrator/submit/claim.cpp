#include "claim.hpp"

#include "circuit_breaker.hpp"
#include "orchestrator/holds.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/answers.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Reserves what the budgets have left; a synchronous service reserves as it is asked. False: nothing has room.
bool reserve(db::transaction &tx, const registered_pipeline &p, const service &s, const registered_task &task,
             const run_pass &pass, claimed_batch &claimed, std::int64_t &limit) {
    store::budgets table{tx};
    const auto budgets = table.of(p.id, s.account, pass.run.runner);
    if (budgets.empty())
        return true;
    const auto ceilings = ceilings_of(tx, p, task, claimed.row.rung);
    if (!ceilings.unknown().empty())
        throw no_ceiling(p, task, ceilings, budgets.front());
    const auto least = std::max<picousd>(1, ceilings.least());
    const auto known = pass.run.short_of.find({task.id.value, claimed.row.rung});
    const auto wanted = known == pass.run.short_of.end() ? least : std::max(least, known->second);
    claimed.no_money = without_room(budgets, wanted);
    if (claimed.no_money) {
        note_wanted(table, budgets, 0, wanted);
        return false;
    }
    const auto left = left_of(budgets);
    limit = std::min(limit, left / least);
    claimed.row.reserved = s.spec->synchronous ? 0 : left;
    return true;
}

/// A batch of less than this part of limits.enqueued_tokens is not worth its calls while others are under way.
constexpr std::int64_t least_share = 10;

/// Whether a batch of up to `limit` items may be made now; under the locks of a claim. Says why not in `claimed`.
bool may_claim(db::transaction &tx, const registered_pipeline &p, const service &s, const registered_task &task,
               std::int64_t under_way, claimed_batch &claimed, std::int64_t &limit) {
    // Looked for under the lock that place_hold takes, too: what a refused batch requeues is not claimed past its
    // hold.
    claimed.has_other_needs = !store::graph{tx}.has_needs(task.id, task.needs);
    if (claimed.has_other_needs)
        return false;
    const auto rung = claimed.row.rung;
    claimed.holds = holds_of(tx, s, task.id, rung);
    if (!claimed.holds.empty())
        return false;
    claimed.tripped = tripped_circuit_breaker(tx, p, task, rung);
    if (claimed.tripped)
        return false;
    if (under_way >= s.spec->limits.open_batches) {
        claimed.no_room = true;
        return false;
    }
    if (const auto enqueued = s.spec->limits.enqueued_tokens; enqueued > 0) {
        const auto reserved = store::batches{tx}.reserved_tokens(s.account, claimed.row.model);
        claimed.row.reserved_tokens = enqueued - reserved;
        claimed.no_tokens = reserved > 0 && claimed.row.reserved_tokens < enqueued / least_share;
        if (claimed.no_tokens)
            return false;
    }
    if (const auto first = rung == 0 ? p.config->first_batch : 0; first > 0) {
        const auto so_far = store::answers{tx}.progress(task.id, task.version);
        claimed.waits_for_first = so_far.answers < first && so_far.unfinished_batches > 0;
        if (so_far.answers < first)
            limit = std::min(limit, first);
    }
    return !claimed.waits_for_first;
}

} // namespace

claimed_batch claim(db::connection &c, const registered_pipeline &p, const registered_task &task, int from, int rung,
                    const std::string &model, const run_pass &pass, std::int64_t limit) {
    const auto &s = p.asked_on(task, rung);
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
    claimed_batch claimed;
    auto &b = claimed.row;
    b.model = model;
    b.rung = rung;
    store::batches table{tx};
    table.lock_task(task.id);
    const bool has_budget = store::budgets{tx}.lock(p.id, s.account);
    const auto under_way = table.lock_account(s.account);
    // Another run may have claimed the rest; a batch row for nothing would only waste a number.
    if (!store::items{tx}.any_claimable(p.id, task.id) || !may_claim(tx, p, s, task, under_way, claimed, limit))
        return claimed;
    if (has_budget && !reserve(tx, p, s, task, pass, claimed, limit)) {
        tx.commit();
        return claimed;
    }
    b.nonce = random_nonce();
    const auto made = table.begin({p.id, task.id, task.version, rung, s.account, pass.run.runner, b.nonce, b.model,
                                   pass.run.options.name, b.reserved_tokens, b.reserved});
    b.id = made.batch;
    b.epoch = made.epoch;
    b.pipeline = p.id;
    b.task = task.id;
    b.version = task.version;
    b.account = s.account;
    claimed.claimed = store::items{tx}.claim(p.id, task.id, from, b.id, limit, task.sample);
    if (claimed.claimed == 0)
        return claimed;
    b.claimed = claimed.claimed;
    failpoint("claim.before_commit");
    tx.commit();
    failpoint("claim.after_commit");
    return claimed;
}

} // namespace smelt::orchestrator
