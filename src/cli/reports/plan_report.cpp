#include "smelt/cli/plan_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace smelt::cli {
namespace {

using orchestrator::pipeline_plan;
using orchestrator::task_plan;

/// The request as a document; text when it is not JSON, which would be a fault worth seeing.
json request_of(const task_plan &t) {
    if (t.request.empty())
        return nullptr;
    auto parsed = json::parse(t.request, nullptr, false);
    return parsed.is_discarded() ? json(t.request) : parsed;
}

json usd(const std::optional<picousd> &amount) {
    return amount ? usd_or_null(usd_text(*amount)) : json(nullptr);
}

json to_json(const std::string &pipeline, const task_plan &t) {
    return {{"pipeline", pipeline},
            {"task", t.task},
            {"model", t.model},
            {"provider", t.provider},
            {"rung", t.rung},
            {"falls_back", t.falls_back},
            {"in_flight", t.in_flight},
            {"claimable", t.claimable},
            {"may_follow", t.may_follow},
            {"follow", number_or_null(t.follow)},
            {"batches", t.batches},
            {"bytes_per_request", t.bytes_per_request},
            {"looked_at", t.looked_at},
            {"requests", t.requests},
            {"input_tokens", t.expected || t.input_tokens > 0 ? json(t.input_tokens) : json(nullptr)},
            {"output_tokens", number_or_null(t.output_tokens)},
            {"expected_usd", usd(t.expected)},
            {"is_input_only", t.is_input_only},
            {"is_partly_unpriced", t.is_partly_unpriced},
            {"is_follow_known", t.is_follow_known},
            {"synchronous_usd", usd(t.synchronous)},
            {"at_most_usd", usd(t.at_most)},
            {"seconds", number_or_null(t.seconds)},
            {"too_long", t.too_long},
            {"too_long_keys", t.too_long_keys},
            {"holds", t.holds}};
}

std::string whole(double value) {
    return group_digits(std::llround(value));
}

std::string plan_line(const std::string &name, const std::string &text) {
    return fmt::format("  {:<10} {}", name, text);
}

std::string items_line(const task_plan &t) {
    auto text = count_of(t.claimable, "item") + " in " + count_of(t.batches, "batch");
    if (t.first_batch > 0)
        text += ", after a first one of " + group_digits(t.first_batch);
    if (t.open_batches > 0 && t.batches > t.open_batches)
        text += ", " + group_digits(t.open_batches) + " at once";
    return plan_line("to send", text);
}

std::string follow_line(const task_plan &t) {
    auto text = "up to " + count_of(t.may_follow, "item") + ", waiting for other tasks or their source";
    if (t.follow)
        text += ": probably " + whole(*t.follow);
    return plan_line("follow", text);
}

std::string tokens_line(const task_plan &t) {
    if (t.input_tokens == 0)
        return plan_line("tokens", "not known before the first answers");
    return plan_line("tokens", "about " + whole(t.input_tokens) + " in, " +
                                   (t.output_tokens ? whole(*t.output_tokens) + " out"
                                                    : std::string{"out not known before the first answers"}));
}

std::string expected_line(const task_plan &t) {
    if (!t.expected && !t.no_price.empty())
        return plan_line("expected", t.no_price);
    if (!t.expected)
        return plan_line("expected", "not known before the first answers");
    auto text = dollars_of(*t.expected) + (t.is_partly_unpriced ? "+" : "");
    if (t.is_input_only)
        text += " for the input alone";
    if (!t.is_follow_known)
        text += ", without what follows";
    if (t.synchronous)
        text += "; synchronous " + dollars_of(*t.synchronous);
    return plan_line("expected", text);
}

std::string most_line(const task_plan &t) {
    if (t.at_most)
        return plan_line("at most", dollars_of(*t.at_most));
    return plan_line("at most", t.no_limit.empty() ? "not known before the first answers" : t.no_limit);
}

std::string too_long_line(const task_plan &t) {
    auto text =
        count_of(t.too_long, "record") + " may exceed what " + t.model + " can read: " + join_words(t.too_long_keys);
    return plan_line("too long", t.too_long > static_cast<std::int64_t>(t.too_long_keys.size()) ? text + ", …" : text);
}

void describe(const std::string &pipeline, const task_plan &t, std::vector<std::string> &out) {
    const auto rung = t.rung == 0 ? std::string{} : ", " + rung_name(t.rung);
    out.push_back(pipeline + "/" + t.task + rung + " (" + t.model + " at " + t.provider +
                  (t.falls_back ? ", the fallback: too few for a batch)" : ")"));
    if (t.in_flight > 0)
        out.push_back(plan_line("in flight", count_of(t.in_flight, "item") + " at the provider, not in these figures"));
    if (t.claimable == 0 && t.may_follow == 0)
        out.push_back(plan_line("to send", "nothing"));
    else {
        if (t.claimable > 0)
            out.push_back(items_line(t));
        if (t.may_follow > 0)
            out.push_back(follow_line(t));
        out.push_back(plan_line(
            "requests",
            whole(t.requests) + " with retries" +
                (t.bytes_per_request > 0 ? ", " + group_digits(t.bytes_per_request) + " bytes each" : std::string{}) +
                (t.looked_at < t.claimable && t.looked_at > 0 ? " (of " + group_digits(t.looked_at) + " looked at)"
                                                              : std::string{})));
        out.push_back(tokens_line(t));
        out.push_back(expected_line(t));
        out.push_back(most_line(t));
        out.push_back(plan_line("time", t.seconds ? "about " + rough_span(*t.seconds)
                                                  : std::string{"not known before the first batch has ended"}));
        if (t.too_long > 0)
            out.push_back(too_long_line(t));
    }
    for (const auto &hold : t.holds)
        out.push_back("  On hold: " + hold);
}

void describe_request(const task_plan &t, std::vector<std::string> &out) {
    if (t.request.empty())
        return;
    out.emplace_back("  One of the requests:");
    const auto text = request_of(t).dump(2, ' ', false, json::error_handler_t::replace);
    for (const auto &one : first_lines(text, 1000, 2000))
        out.push_back("    " + one);
}

std::string total_line(const pipeline_plan &plan) {
    const auto expected = plan.expected(), most = plan.at_most();
    std::string text = "Expected in all: " + (expected ? dollars_of(*expected) : "not known");
    const auto lacks = [](const task_plan &t) { return t.is_input_only || !t.is_follow_known || t.is_partly_unpriced; };
    if (expected && std::ranges::any_of(plan.tasks, lacks))
        text += " and what is not known yet";
    return text + "; at most: " + (most ? dollars_of(*most) : "not known") + ".";
}

} // namespace

json to_json(const pipeline_plan &plan, bool with_requests) {
    auto all = json::array();
    for (const auto &t : plan.tasks) {
        all.push_back(to_json(plan.pipeline, t));
        if (with_requests)
            all.back()["request"] = request_of(t);
    }
    return all;
}

std::vector<std::string> describe_plan(const pipeline_plan &plan, bool with_requests) {
    std::vector<std::string> out;
    std::vector<std::string> filters;
    for (const auto &[filter, records] : plan.filtered)
        filters.push_back(filter + " " + group_digits(records));
    if (!filters.empty())
        out.push_back(plan.pipeline + ": records that filters leave out: " + join_words(filters) + ".");
    for (const auto &t : plan.tasks) {
        describe(plan.pipeline, t, out);
        if (with_requests)
            describe_request(t, out);
    }
    out.push_back(total_line(plan));
    out.emplace_back("Expected: as the answers so far. At most: each answer as long as it may be, and each");
    out.emplace_back("item asked as often as it may be.");
    for (const auto &budget : plan.budgets)
        out.push_back("Note: " + budget + ".");
    return out;
}

} // namespace smelt::cli
