#include "smelt/cli/report_json.hpp"

#include "smelt/cli/format.hpp"
#include "smelt/cli/status_report.hpp"

namespace smelt::cli {
namespace {

using actions::pipeline_figures;
using actions::task_figures;

json to_json(const std::vector<std::pair<std::string, std::int64_t>> &counts) {
    auto all = json::array();
    for (const auto &[value, n] : counts)
        all.push_back({{"value", value}, {"n", n}});
    return all;
}

json to_json(const store::model_usage &u) {
    const bool known = u.unpriced == 0 || u.cost > 0;
    return {{"rung", u.rung},
            {"provider", u.provider},
            {"model", u.model},
            {"batches", u.batches},
            {"requests", u.requests},
            {"accepted", u.accepted},
            {"rejected", u.rejected},
            {"unanswered", u.unanswered},
            {"input_tokens", u.input},
            {"cached_tokens", u.cached},
            {"output_tokens", u.output},
            {"reasoning_tokens", u.reasoning},
            {"cost_usd", known ? usd_or_null(usd_text(u.cost)) : json(nullptr)},
            {"unpriced", u.unpriced}};
}

json to_json(const store::wasted_answers &w) {
    return {{"invalid", w.invalid},
            {"invalid_usd", usd_or_null(usd_text(w.invalid_cost))},
            {"replaced", w.replaced},
            {"replaced_usd", usd_or_null(usd_text(w.replaced_cost))},
            {"failed", w.failed},
            {"failed_usd", usd_or_null(usd_text(w.failed_cost))},
            {"unpriced", w.unpriced},
            {"expired", w.expired},
            {"missing", w.missing},
            {"duplicate_lines", w.duplicate_lines},
            {"duplicate_jobs", w.duplicate_jobs}};
}

json lists_of(const task_figures &t) {
    json out{
        {"fields", json::array()}, {"usage", json::array()}, {"rules", json::array()}, {"failures", json::array()}};
    for (const auto &[name, f] : t.fields)
        out["fields"].push_back({{"field", name},
                                 {"values", f.values},
                                 {"different", f.different},
                                 {"mean", number_or_null(f.mean)},
                                 {"min", f.mean ? json(f.least) : json(nullptr)},
                                 {"max", f.mean ? json(f.most) : json(nullptr)},
                                 {"are_ranges", f.are_ranges},
                                 {"counts", to_json(f.counts)}});
    for (const auto &one : t.usage)
        out["usage"].push_back(to_json(one));
    for (const auto &rule : t.rules)
        out["rules"].push_back({{"rule", rule.rule}, {"failed", rule.failed}, {"accepted", rule.accepted}});
    for (const auto &f : t.failures)
        out["failures"].push_back(
            {{"cause", f.cause}, {"items", f.items}, {"example_key", f.key}, {"message", f.message}});
    return out;
}

json to_json(const task_figures &t) {
    const auto sum = t.total();
    const bool known = !t.is_partly_unpriced() || t.cost() > 0;
    json out{
        {"task", t.state.task},
        {"active", t.state.active},
        {"copies", t.state.copies},
        {"items", t.state.total},
        {"skipped", t.state.skipped},
        {"current_results", t.scores.current},
        {"superseded_results", t.scores.answers - t.scores.current},
        {"failed", t.state.failed + t.state.failed_validation},
        {"to_review", t.state.to_review},
        {"requests", sum.requests},
        {"accepted", sum.accepted},
        {"rejected", sum.rejected},
        {"score_mean", t.scores.answers > 0 ? json(t.scores.mean) : json(nullptr)},
        {"score_min", t.scores.answers > 0 ? json(t.scores.least) : json(nullptr)},
        {"score_max", t.scores.answers > 0 ? json(t.scores.most) : json(nullptr)},
        {"score_tenths", t.scores.tenths},
        {"input_tokens", sum.input},
        {"cached_tokens", sum.cached},
        {"output_tokens", sum.output},
        {"reasoning_tokens", sum.reasoning},
        {"cost_usd", known ? usd_or_null(usd_text(t.cost())) : json(nullptr)},
        {"is_partly_unpriced", t.is_partly_unpriced()},
        {"synchronous_usd", t.synchronous_cost ? usd_or_null(usd_text(*t.synchronous_cost)) : json(nullptr)},
        {"cache_saved_usd", t.cache_saved ? usd_or_null(usd_text(*t.cache_saved)) : json(nullptr)},
        {"wasted_usd", t.waste.unpriced > 0 && t.wasted() == 0 ? json(nullptr) : usd_or_null(usd_text(t.wasted()))},
        {"wasted", to_json(t.waste)},
        {"silent_rules", t.silent_rules},
        {"batches", t.batches.batches},
        {"batch_seconds_mean", t.batches.batches > 0 ? json(t.batches.mean) : json(nullptr)},
        {"answers_per_second", number_or_null(t.batches.per_second)}};
    out.update(lists_of(t));
    return out;
}

} // namespace

json to_json(const pipeline_figures &report) {
    json out{{"pipeline", report.pipeline},
             {"made_at", report.made_at},
             {"since", report.since ? json(*report.since) : json(nullptr)},
             {"tasks", json::array()},
             {"budgets", json::array()}};
    for (const auto &t : report.tasks)
        out["tasks"].push_back(to_json(t));
    for (const auto &budget : report.budgets)
        out["budgets"].push_back(to_json(budget));
    return out;
}

} // namespace smelt::cli
