#include "smelt/cli/run_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace smelt::cli {
namespace {

using orchestrator::run_summary;
using store::task_report;

std::vector<std::string> load_line(const run_summary &s) {
    std::vector<std::string> parts;
    if (s.records_added > 0)
        parts.push_back(count_of(s.records_added, "new record"));
    if (s.records_changed > 0)
        parts.push_back(count_of(s.records_changed, "changed record"));
    if (parts.empty())
        return {};
    return {"Loaded " + join_words(parts) + "."};
}

std::string collected(const run_summary &s) {
    std::vector<std::string> parts{group_digits(s.accepted) + " accepted"};
    if (s.rejected > 0)
        parts.push_back(group_digits(s.rejected) + " rejected");
    if (s.other > 0)
        parts.push_back(group_digits(s.other) + " without an answer");
    const auto from =
        s.batches_collected > 0 ? "Collected " + count_of(s.batches_collected, "batch") : "Collected answers";
    return from + ": " + join_words(parts) + ".";
}

/// "$0.03 for this run, $1.20 for papers so far"
std::string costs(const run_summary &s, const std::vector<task_report> &tasks) {
    std::map<std::string, std::pair<double, bool>> so_far;
    std::vector<std::string> parts{
        (s.is_partly_unpriced && s.cost == 0 ? "not known" : money(usd_text(s.cost), s.is_partly_unpriced)) +
        " for this run"};
    for (const auto &t : tasks) {
        auto &[usd, is_partly_unknown] = so_far[t.pipeline];
        usd += t.cost_usd ? std::strtod(t.cost_usd->c_str(), nullptr) : 0;
        is_partly_unknown = is_partly_unknown || t.unpriced_batches > 0;
    }
    for (const auto &[pipeline, sum] : so_far)
        if (const auto &[usd, is_partly_unknown] = sum; usd > 0)
            parts.push_back(money(fmt::format("{:.12f}", usd), is_partly_unknown) + " for " + pipeline + " so far");
    const auto text = fmt::format("Cost: {}", fmt::join(parts, ", "));
    if (text.find('+') != std::string::npos)
        return text + "; a + stands for answers whose cost is not known (smelt doctor names models without a price).";
    return text + (s.is_partly_unpriced ? " (smelt doctor names models without a price)." : ".");
}

std::string totals(const std::vector<task_report> &tasks) {
    task_report sum;
    for (const auto &t : tasks) {
        sum.total += t.total;
        sum.extracted += t.extracted;
        sum.failed += t.failed + t.failed_validation;
        sum.skipped += t.skipped;
        sum.waiting += t.waiting;
    }
    if (sum.total == 0)
        return "Nothing to do: the source has no records.";
    if (sum.extracted == sum.total)
        return "Nothing to do: all " + count_of(sum.total, "item") + (sum.total == 1 ? " is done." : " are done.");
    std::vector<std::string> parts{group_digits(sum.extracted) + " of " + count_of(sum.total, "item") +
                                   (sum.extracted == 1 ? " is done" : " are done")};
    if (sum.skipped > 0)
        parts.push_back(group_digits(sum.skipped) + " skipped");
    if (sum.failed > 0)
        parts.push_back(group_digits(sum.failed) + " failed");
    if (sum.waiting > 0)
        parts.push_back(group_digits(sum.waiting) + " waiting for other tasks or their source");
    return "Nothing to do: " + join_words(parts) + ".";
}

std::vector<std::string> pipelines_of(const std::vector<task_report> &tasks, bool (*wanted)(const task_report &)) {
    std::vector<std::string> names;
    for (const auto &t : tasks)
        if (wanted(t) && std::ranges::find(names, t.pipeline) == names.end())
            names.push_back(t.pipeline);
    return names;
}

std::vector<std::string> next_steps(const run_summary &s, const std::vector<task_report> &tasks) {
    std::vector<std::string> lines;
    if (s.timed_out)
        lines.emplace_back("The time given by --timeout is over; what is in flight goes on at the provider.");
    if (s.collected_only)
        lines.emplace_back("New records were not looked for, and nothing was sent (--collect-only).");
    if (s.in_flight > 0)
        lines.push_back("In flight: " + count_of(s.in_flight, "batch") +
                        ". The next smelt run collects what is ready (or: smelt run --wait" +
                        (s.collected_only ? " --collect-only" : "") + ").");
    if (s.claimable > 0)
        lines.push_back("Waiting to be sent: " + count_of(s.claimable, "item") +
                        (s.first_due.count() > 0 ? ", the first in " + format_duration(s.first_due) : "") +
                        (s.collected_only ? "; smelt run sends them" : "") + ".");
    if (s.failed > 0)
        for (const auto &name :
             pipelines_of(tasks, [](const task_report &t) { return t.failed + t.failed_validation > 0; }))
            lines.push_back("Some items of " + name + " ended without a result. See why: smelt failures " + name);
    for (const auto &name : pipelines_of(tasks, [](const task_report &t) { return t.to_review > 0; }))
        lines.push_back("Some answers of " + name + " are doubtful. Judge them: smelt review " + name);
    if (s.in_flight == 0 && s.claimable == 0 && s.accepted > 0)
        for (const auto &name : pipelines_of(tasks, [](const task_report &t) { return t.extracted > 0; }))
            lines.push_back("Results of " + name + ": smelt export " + name);
    return lines;
}

} // namespace

json to_json(const run_summary &s) {
    return {{"records_added", s.records_added},
            {"records_changed", s.records_changed},
            {"batches_submitted", s.batches_submitted},
            {"requests_submitted", s.requests_submitted},
            {"batches_collected", s.batches_collected},
            {"accepted", s.accepted},
            {"rejected", s.rejected},
            {"other", s.other},
            {"cost_usd", s.is_partly_unpriced && s.cost == 0 ? json(nullptr) : usd_or_null(usd_text(s.cost))},
            {"is_partly_unpriced", s.is_partly_unpriced},
            {"in_flight", s.in_flight},
            {"claimable", s.claimable},
            {"failed", s.failed},
            {"stuck_writes", s.stuck_writes},
            {"timed_out", s.timed_out},
            {"needs_person", s.needs_person},
            {"notes", s.notes}};
}

std::vector<std::string> describe_run(const run_summary &s, const std::vector<task_report> &tasks) {
    auto lines = load_line(s);
    if (s.requests_submitted > 0)
        lines.push_back("Submitted " + count_of(s.requests_submitted, "request") + " in " +
                        count_of(s.batches_submitted, "batch") + ".");
    if (s.accepted + s.rejected + s.other > 0)
        lines.push_back(collected(s));
    if (s.accepted + s.rejected > 0)
        lines.push_back(costs(s, tasks));
    if (lines.empty() && s.collected_only)
        lines.emplace_back("Nothing was ready to be collected.");
    else if (lines.empty() && s.in_flight == 0 && s.claimable == 0 && !s.problem)
        lines.push_back(totals(tasks));
    else if (lines.empty())
        lines.emplace_back("Nothing moved.");
    for (const auto &note : s.notes)
        lines.push_back("Note: " + note);
    for (auto &line : next_steps(s, tasks))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string> describe_load(const run_summary &s, const std::string &pipeline) {
    auto lines = load_line(s);
    if (lines.empty())
        lines.emplace_back("Nothing to load: every record is known and unchanged.");
    else
        lines.push_back("Send them with: smelt run " + pipeline);
    for (const auto &note : s.notes)
        lines.push_back("Note: " + note);
    return lines;
}

exit_code code_of(const run_summary &s, bool fail_on_failures) {
    const auto failed = fail_on_failures && s.failed + s.stuck_writes > 0 ? exit_code::items_failed : exit_code::ok;
    return s.needs_person ? worse_of(failed, exit_code::needs_person) : failed;
}

} // namespace smelt::cli
