#include "refused_batch.hpp"

#include "batch_write.hpp"
#include "holds.hpp"

#include "smelt/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smelt::orchestrator {
namespace {

/// What a provider may ask for when it is busy; asking again costs nothing, and some ask for years.
constexpr milliseconds longest_pause{std::chrono::hours{1}};

bool concerns_account(int status) {
    return status == 401 || status == 402 || status == 403 || status == 429;
}

/// What can be corrected without the service's own words is a key, a quota or an address.
bool says_enough(int status) {
    return concerns_account(status) || status == 404;
}

} // namespace

awaitable<void> abandon(context &ctx, const store::batch_row &b, std::string why) {
    const batch_change change = [&](store::batches &t) { t.abandon(b.current_fence(), why); };
    try {
        co_await write_batch(ctx, change, {"submit.before_abandon", "submit.after_abandon"}, true);
        log::info("batch {}: {}", b.id.value, why);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    }
}

std::string sentence_of(const provider::create_result &result) {
    if (result.outcome == provider::create_outcome::not_sent)
        return "the provider could not be reached; nothing was sent: " + result.message;
    return fmt::format("the provider refused the batch: HTTP {} {}{}", result.status,
                       result.code.empty() ? std::string{} : result.code + ": ", result.message);
}

awaitable<void> hold_refused(context &ctx, const registered_pipeline &p, const registered_task &task,
                             const store::batch_row &b, const provider::create_result &result) {
    const auto why = sentence_of(result);
    ctx.paused_accounts.insert(b.account.value);
    if (result.outcome == provider::create_outcome::not_sent) {
        ctx.problem(std::make_exception_ptr(
                        unavailable{p.config->name + ": the provider could not be reached: " + result.message}),
                    p.config->name);
        co_return;
    }
    if (result.busy) {
        const auto asked = result.retry_after.value_or(p.config->timing.queue_full_hold);
        co_await place_hold(ctx, p, b.account, std::nullopt, "queue_full", why, std::min(asked, longest_pause));
        co_return;
    }
    // What a fallback does not know or allow, the main service may.
    const bool of_main = b.account == p.main.account;
    std::optional<task_id> held;
    if (of_main && !concerns_account(result.status))
        held = task.id;
    co_await store_hold(ctx, p, b.account, held, "refused", why, std::nullopt);
    ctx.problem(std::make_exception_ptr(user_action_for(p, why)), p.config->name);
}

bool is_refusal(int status, bool in_its_own_words) {
    constexpr std::array listed{400, 401, 402, 403, 404, 413, 415, 422, 429};
    return std::ranges::find(listed, status) != listed.end() && (in_its_own_words || says_enough(status));
}

} // namespace smelt::orchestrator
