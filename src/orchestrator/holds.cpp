#include "holds.hpp"

#include "smelt/core/failpoint.hpp"
#include "smelt/core/text.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/holds.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {

std::int64_t lock_accounts(db::transaction &tx, const registered_pipeline &p, account_id account) {
    store::batches table{tx};
    const auto under_way = table.lock_account(p.main.account);
    return account == p.main.account ? under_way : table.lock_account(account);
}

awaitable<void> store_hold(context &ctx, const registered_pipeline &p, account_id account, std::optional<task_id> task,
                           std::string kind, std::string reason, std::optional<milliseconds> how_long) {
    ctx.new_holds.insert(reason);
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        lock_accounts(tx, p, account); // whoever is claiming there finishes first
        store::holds{tx}.place(p.id, task, task ? std::nullopt : std::optional{account}, kind, reason, how_long);
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

bool needs_mending(int status) {
    return status == 401 || status == 402 || status == 403 || status == 404;
}

usage_error mend_first(const registered_pipeline &p, const std::string &why) {
    return usage_error{p.config->name + ": " + why,
                       "mend the API key or base_url (it includes the version, as in https://api.openai.com/v1), then "
                       "run `smelt resume " +
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
