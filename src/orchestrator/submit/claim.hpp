#pragma once

#include "orchestrator/budgets.hpp"

#include "smelt/store/holds.hpp"

namespace smelt::orchestrator {

/// A batch of items for one service, or why there is none.
struct claimed_batch {
    store::batch_row row;
    std::int64_t claimed = 0;
    std::vector<store::active_hold> holds;
    bool no_room = false;
    bool no_tokens = false; ///< the batches under way have what limits.enqueued_tokens allows, or nearly so
    std::optional<std::string> tripped;
    std::optional<spent_budget> no_money;
    bool has_other_needs = false; ///< the file was read anew since the run began, and the task needs others now
    bool waits_for_first = false; ///< limits.first_batch: its answers are to come before more is sent
};

/// The intent: a batch row with a fresh nonce and at most `limit` items, committed before the outside world is touched.
/// Nothing is claimed past a hold, a circuit breaker or a limit of the pipeline. from: the rung of the items; rung: the
/// one that they are asked on.
claimed_batch claim(db::connection &c, const registered_pipeline &p, const registered_task &task, int from, int rung,
                    const std::string &model, const run_pass &pass, std::int64_t limit);

} // namespace smelt::orchestrator
