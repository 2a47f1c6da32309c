#include "holds.hpp"

#include "smelt/base/text.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

std::string fingerprint_at(const registered_pipeline &p, account_id account) {
    return p.fallback && p.fallback->account == account ? p.fallback->key_fingerprint : p.main.key_fingerprint;
}

} // namespace

std::int64_t lock_accounts(db::transaction &tx, const registered_pipeline &p, account_id account) {
    store::batches table{tx};
    const auto under_way = table.lock_account(p.main.account);
    return account == p.main.account ? under_way : table.lock_account(account);
}

awaitable<void> store_hold(context &ctx, const registered_pipeline &p, account_id account, std::optional<task_id> task,
                           std::string kind, std::string reason, std::optional<milliseconds> how_long) {
    ctx.new_holds.insert(reason);
    // What one key is refused says nothing about another.
    const auto of_key = kind == "refused" && !task ? fingerprint_at(p, account) : std::string{};
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        lock_accounts(tx, p, account); // whoever is claiming there finishes first
        store::holds{tx}.place(p.id, task, task ? std::nullopt : std::optional{account}, kind, reason, how_long,
                               of_key);
        failpoint("hold.before_commit");
        tx.commit();
    };
    co_await ctx.db.run(work);
    failpoint("hold.after_commit");
}

awaitable<void> place_hold(context &ctx, const registered_pipeline &p, account_id account, std::optional<task_id> task,
                           std::string kind, std::string reason, std::optional<milliseconds> how_long) {
    co_await store_hold(ctx, p, account, task, std::move(kind), reason, how_long);
    ctx.note(fmt::format("{}: on hold{}: {}", p.config->name,
                         how_long ? " for " + format_duration(*how_long) : std::string{}, reason));
}

std::vector<store::active_hold> holds_of(db::transaction &tx, const service &s, task_id task) {
    return store::holds{tx}.active(task, s.account, s.key_fingerprint);
}

awaitable<void> use_key(context &ctx, const registered_pipeline &p, service &s) {
    if (s.is_key_stored || s.key_fingerprint.empty())
        co_return;
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        if (s.account == p.main.account)
            store::catalog{tx}.set_key(p.id, s.key_fingerprint);
        store::holds{tx}.lift_old_key(p.id, s.account, s.key_fingerprint);
        tx.commit();
    };
    co_await ctx.db.run(work);
    s.is_key_stored = true;
}

bool needs_user_action(int status) {
    return status == 401 || status == 402 || status == 403 || status == 404;
}

user_action_needed user_action_for(const registered_pipeline &p, const std::string &why) {
    return user_action_needed{
        p.config->name + ": " + why,
        "correct the API key, and the next run goes on by itself; or base_url (it includes the version, as in "
        "https://api.openai.com/v1), or what else the service says, and then run `smelt resume " +
            p.config->name + "`"};
}

awaitable<void> set_batch_limit(context &ctx, registered_pipeline &p, task_id t, std::optional<std::int64_t> limit) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::catalog{tx}.set_batch_limit(t, limit);
        failpoint("limit.before_commit");
        tx.commit();
    };
    co_await ctx.db.run(work);
    failpoint("limit.after_commit");
    for (auto &task : p.tasks)
        if (task.id == t)
            task.batch_limit = limit;
}

} // namespace smelt::orchestrator
