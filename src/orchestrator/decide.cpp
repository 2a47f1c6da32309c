#include "smelt/orchestrator/decide.hpp"

#include "smelt/config/output_limit.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace smelt::orchestrator {

effect_kind effect_of(cause_kind cause) {
    switch (cause) {
    case cause_kind::none:
        return effect_kind::accept;
    case cause_kind::schema:
    case cause_kind::rule:
    case cause_kind::not_json:
    case cause_kind::truncated:
    case cause_kind::rule_error:
    case cause_kind::unstorable:
    case cause_kind::empty:
        return effect_kind::spend_attempt;
    case cause_kind::transport:
    case cause_kind::expired:
    case cause_kind::missing:
    case cause_kind::unreadable:
        return effect_kind::spend_delivery;
    case cause_kind::cancelled:
    case cause_kind::not_run:
        return effect_kind::requeue;
    case cause_kind::refused:
    case cause_kind::content_filter:
    case cause_kind::rejected_request:
    case cause_kind::render:
    case cause_kind::too_large:
        break;
    }
    return effect_kind::fail;
}

effect_kind effect_when_late(cause_kind cause, effect_kind effect) {
    const bool was_not_run =
        cause == cause_kind::expired || cause == cause_kind::cancelled || cause == cause_kind::not_run;
    return was_not_run && effect == effect_of(cause) ? effect_kind::fall_back : effect;
}

outcome_kind outcome_of(cause_kind cause) {
    switch (cause) {
    case cause_kind::none:
        return outcome_kind::accepted;
    case cause_kind::schema:
    case cause_kind::rule:
    case cause_kind::not_json:
    case cause_kind::truncated:
    case cause_kind::rule_error:
    case cause_kind::empty:
        return outcome_kind::rejected;
    case cause_kind::expired:
        return outcome_kind::expired;
    case cause_kind::cancelled:
        return outcome_kind::cancelled;
    case cause_kind::missing:
        return outcome_kind::missing;
    case cause_kind::not_run:
        return outcome_kind::not_run;
    case cause_kind::render:
    case cause_kind::too_large:
        return outcome_kind::not_sent;
    case cause_kind::unstorable:
    case cause_kind::refused:
    case cause_kind::content_filter:
    case cause_kind::rejected_request:
    case cause_kind::transport:
    case cause_kind::unreadable:
        break;
    }
    return outcome_kind::errored;
}

next_after_cut after_cut(const task_definition &definition, const std::string &model, int cuts) {
    using policy = when_truncated;
    const auto wanted = definition.retry.truncated;
    const auto limit = config::output_limit_of(definition.params);
    next_after_cut next;
    if (wanted == policy::fail)
        next = {"; it is not asked for again (retry.truncated: fail)", effect_kind::fail};
    if (!limit)
        return {" (params name none)" + next.words, next.effect};
    if (wanted != policy::twice)
        return {" (" + limit->param + ": " + std::to_string(limit->tokens) + ")" + next.words, next.effect};
    const auto most = config::most_output_tokens(model);
    const auto used = config::doubled(limit->tokens, cuts, most);
    const auto larger = config::doubled(limit->tokens, cuts + 1, most);
    next.words = " (" + limit->param + ": " + std::to_string(used) + ")";
    if (larger <= used)
        return {next.words + "; more than that is not asked of this model", effect_kind::climb};
    next.words += "; while it is asked again, the next request allows " + std::to_string(larger);
    if (!definition.retry.escalate.empty())
        next.effect = effect_kind::enlarge;
    return next;
}

unknown_action resolve_unknown(bool can_look_up, bool listed, bool window_over, bool was_open) {
    if (listed)
        return unknown_action::open;
    return can_look_up && window_over && !was_open ? unknown_action::abandon : unknown_action::wait;
}

poll_failure classify_poll_failure(provider::failure_kind kind, bool same_key) {
    using enum provider::failure_kind;
    if (kind == not_found && same_key)
        return poll_failure::lost;
    const bool about_the_key = kind == key || kind == not_found;
    return about_the_key && !same_key ? poll_failure::proves_nothing : poll_failure::passing;
}

unanswered_action decide_unanswered(const unanswered_facts &facts) {
    constexpr int downloads_before_missing = 3;
    if (facts.waiting <= 0)
        return unanswered_action::close;
    const bool early = facts.downloads + 1 < downloads_before_missing || facts.since_first < facts.missing_wait;
    const bool short_of_promise = facts.cut_short || (facts.promised && facts.named < *facts.promised);
    if (facts.state == provider::remote_state::failed)
        return unanswered_action::not_run;
    // Answers that were given are paid for: they are never asked again while the provider says that it has them.
    if (facts.owes_output && facts.named < facts.promised.value_or(0))
        return unanswered_action::download_again;
    switch (facts.state) {
    case provider::remote_state::cancelled:
        return short_of_promise && early ? unanswered_action::download_again : unanswered_action::cancelled;
    case provider::remote_state::expired:
        return short_of_promise && early ? unanswered_action::download_again : unanswered_action::expired;
    default:
        return early ? unanswered_action::download_again : unanswered_action::missing;
    }
}

batch_refusal classify_failed(const std::vector<provider::line_error> &errors, std::int64_t sent) {
    const auto is = [](provider::failure_kind kind) { return [kind](const auto &e) { return e.kind == kind; }; };
    if (std::ranges::any_of(errors, is(provider::failure_kind::busy)))
        return batch_refusal::busy;
    if (errors.empty())
        return batch_refusal::unnamed;
    if (std::ranges::all_of(errors, is(provider::failure_kind::request)))
        return batch_refusal::task;
    const auto named = std::ranges::count_if(errors, [](const auto &e) { return e.line.has_value(); });
    if (named == 0)
        return std::ranges::any_of(errors, is(provider::failure_kind::request)) ? batch_refusal::task
                                                                                : batch_refusal::unnamed;
    // Every line at fault in a batch of several is the fault of what they share.
    return named >= sent && sent > 1 ? batch_refusal::task : batch_refusal::items;
}

bool fails_too_often(std::int64_t answers, std::int64_t failed, const config::circuit_breaker_spec &limit) {
    return answers >= limit.after && failed * 100 > answers * limit.failed_percent;
}

std::int64_t halve(std::int64_t sent) {
    return std::max<std::int64_t>(1, sent / 2);
}

milliseconds next_pause(milliseconds last, bool progressed, milliseconds longest) {
    const auto shortest = std::clamp<milliseconds>(longest / 16, milliseconds{50}, milliseconds{2000});
    if (progressed || last.count() == 0)
        return std::min(shortest, longest);
    return std::min(last * 2, longest);
}

std::vector<provider::remote_batch> repeated_jobs(const std::vector<provider::remote_batch> &listed,
                                                  const std::map<std::string, std::string> &own_jobs) {
    std::set<std::string> ids;
    for (const auto &job : listed)
        ids.insert(job.id);
    std::vector<provider::remote_batch> repeated;
    for (const auto &job : listed) {
        const auto own = own_jobs.find(job.nonce);
        // Ids may be spelt differently in a listing; where the batch's own job is not seen, this may be it.
        if (own != own_jobs.end() && own->second != job.id && ids.contains(own->second))
            repeated.push_back(job);
    }
    return repeated;
}

} // namespace smelt::orchestrator
