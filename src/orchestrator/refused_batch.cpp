#include "refused_batch.hpp"

#include "batch_write.hpp"
#include "failover.hpp"
#include "holds.hpp"

#include "smelt/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// What a provider may ask for when it is busy; asking again costs nothing, and some ask for years.
constexpr milliseconds longest_pause{std::chrono::hours{1}};

} // namespace

awaitable<void> abandon(run_pass &pass, const store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.abandon(b.current_fence(), why); };
    try {
        co_await write_batch(pass, change, {"submit.before_abandon", "submit.after_abandon"}, durability::on_disk);
        log::info("batch {}: {}", b.id.value, why);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    }
}

std::string sentence_of(const provider::failure &refused) {
    if (refused.kind == provider::failure_kind::unreachable)
        return "the provider could not be reached; nothing was sent: " + refused.message;
    return fmt::format("the provider refused the batch: HTTP {} {}{}", refused.status,
                       refused.code.empty() ? std::string{} : refused.code + ": ", refused.message);
}

awaitable<void> hold_refused(run_pass &pass, const registered_pipeline &p, const registered_task &task,
                             const store::batch_row &b, const provider::failure &refused) {
    const auto why = sentence_of(refused);
    pass.paused_accounts.insert(b.account.value);
    if (refused.kind == provider::failure_kind::unreachable) {
        co_await note_unreachable(pass, b.account);
        pass.problem(std::make_exception_ptr(
                         unavailable{p.config->name + ": the provider could not be reached: " + refused.message}),
                     p.config->name);
        co_return;
    }
    if (refused.kind == provider::failure_kind::busy) {
        const auto asked = refused.retry_after.value_or(p.config->timing.queue_full_hold);
        const store::held everybody{{}, {}, b.account};
        co_await place_hold(pass, p, everybody, "queue_full", why, std::min(asked, longest_pause));
        co_return;
    }
    // What a fallback does not know or allow, the task's own service may.
    const bool of_fallback = p.fallback != nullptr && b.account == p.fallback->account;
    store::held held{{}, {}, b.account};
    if (!of_fallback && !provider::concerns_account(refused.kind))
        held = {task.id, b.rung, {}};
    co_await store_hold(pass, p, held, "refused", why, std::nullopt);
    pass.problem(std::make_exception_ptr(user_action_for(p, why)), p.config->name);
}

} // namespace smelt::orchestrator
