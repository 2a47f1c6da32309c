#include "holds.hpp"

#include "transactions.hpp"

#include "smelt/base/text.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {

std::int64_t lock_for_claim(db::transaction &tx, task_id task, account_id account) {
    store::batches table{tx};
    table.lock_task(task);
    return table.lock_account(account);
}

awaitable<void> store_hold(run_pass &pass, const registered_pipeline &p, store::held what, std::string kind,
                           std::string reason, std::optional<milliseconds> how_long) {
    pass.new_holds.insert(reason);
    // What one key is refused says nothing about another.
    const auto of_key = kind == "refused" && what.account ? p.service_of(*what.account).key_fingerprint : std::string{};
    auto work = [&](db::transaction &tx) {
        store::batches table{tx}; // whoever is claiming there finishes first
        if (what.task)
            table.lock_task(*what.task);
        else
            table.lock_account(*what.account);
        store::holds{tx}.place(p.id, what, kind, reason, how_long, of_key);
    };
    co_await write(pass.run, work, commit_points{"hold.before_commit", "hold.after_commit"});
}

awaitable<void> place_hold(run_pass &pass, const registered_pipeline &p, store::held what, std::string kind,
                           std::string reason, std::optional<milliseconds> how_long) {
    co_await store_hold(pass, p, what, std::move(kind), reason, how_long);
    pass.note(fmt::format("{}: on hold{}: {}", p.config->name,
                          how_long ? " for " + format_duration(*how_long) : std::string{}, reason));
}

std::vector<store::active_hold> holds_of(db::transaction &tx, const service &s, task_id task, int rung) {
    return store::holds{tx}.active(task, rung, s.account, s.key_fingerprint);
}

awaitable<void> use_key(run_pass &pass, const registered_pipeline &p, service &s) {
    if (s.is_key_stored || s.key_fingerprint.empty())
        co_return;
    auto work = [&](db::transaction &tx) {
        store::catalog{tx}.set_key(p.id, s.account, s.key_fingerprint);
        store::holds{tx}.lift_old_key(p.id, s.account, s.key_fingerprint);
    };
    co_await write(pass.run, work);
    s.is_key_stored = true;
}

user_action_needed user_action_for(const registered_pipeline &p, const std::string &why) {
    return user_action_needed{
        p.config->name + ": " + why,
        "correct the API key, and the next run goes on by itself; or base_url (it includes the version, as in "
        "https://api.openai.com/v1), or what else the service says, and then run `smelt resume " +
            p.config->name + "`"};
}

awaitable<void> set_batch_limit(run_pass &pass, registered_pipeline &p, task_id t, std::optional<std::int64_t> limit) {
    auto work = [&](db::transaction &tx) { store::catalog{tx}.set_batch_limit(t, limit); };
    co_await write(pass.run, work, commit_points{"limit.before_commit", "limit.after_commit"});
    for (auto &task : p.tasks)
        if (task.id == t)
            task.batch_limit = limit;
}

} // namespace smelt::orchestrator
