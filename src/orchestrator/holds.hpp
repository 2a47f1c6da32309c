#pragma once

#include "run_pass.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/holds.hpp"

namespace smelt::orchestrator {

/// Stops submitting for a task, a rung of it, or all that use an account. Without a time it lasts until `smelt resume`.
/// Says nothing: for holds whose reason is the pass's problem, which is said at its end.
awaitable<void> store_hold(run_pass &pass, const registered_pipeline &p, store::held what, std::string kind,
                           std::string reason, std::optional<milliseconds> how_long);

/// The same, and says so.
awaitable<void> place_hold(run_pass &pass, const registered_pipeline &p, store::held what, std::string kind,
                           std::string reason, std::optional<milliseconds> how_long);

/// Locks the task and then the account, so that nobody places a hold on either, or claims under them, meanwhile.
/// Returns how many batches of the account are under way (building to open).
std::int64_t lock_for_claim(db::transaction &tx, task_id task, account_id account);

/// What keeps a rung of a task from submitting to a service with the key that it uses.
std::vector<store::active_hold> holds_of(db::transaction &tx, const service &s, task_id task, int rung);

/// Writes down which key the pipeline uses at a service, and lifts the holds that its former keys were refused with.
awaitable<void> use_key(run_pass &pass, const registered_pipeline &p, service &s);

/// What the user is told then, beside the hold.
user_action_needed user_action_for(const registered_pipeline &p, const std::string &why);

/// The next batches of a task have at most so many requests; nothing lifts the limit.
awaitable<void> set_batch_limit(run_pass &pass, registered_pipeline &p, task_id t, std::optional<std::int64_t> limit);

} // namespace smelt::orchestrator
