#include "smelt/cli/status_report.hpp"

#include "smelt/actions/calibration.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace smelt::cli {
namespace {

using store::task_report;

std::string eta_text(const task_report &t) {
    const auto seconds = eta_seconds(t);
    return seconds ? "~" + rough_span(*seconds) : "-";
}

table::cell task_cell(const task_report &t) {
    if (!t.active)
        return {t.pipeline + "/" + t.task + " (removed)", style::faint};
    return {t.pipeline + "/" + t.task, t.hold.empty() && t.over_budget.empty() ? style::plain : style::warn};
}

std::vector<table::cell> row_of(const task_report &t) {
    const bool done = t.total > 0 && settled(t) == t.total;
    return {task_cell(t),
            group_digits(t.total),
            {percent(settled(t), t.total), done ? style::good : style::plain},
            table::counted(t.extracted, style::good),
            table::counted(t.waiting + t.pending + t.retrying, style::plain),
            table::counted(t.submitted, style::plain),
            table::counted(t.failed + t.failed_validation, style::bad),
            table::counted(t.skipped, style::plain),
            t.mean_score ? fmt::format("{:.2f}", *t.mean_score) : "-",
            t.input_tokens + t.output_tokens == 0 ? "-" : short_number(t.input_tokens + t.output_tokens),
            money(t.cost_usd, t.unpriced_batches > 0),
            eta_text(t)};
}

table table_of(const std::vector<task_report> &tasks) {
    using enum table::align;
    table out{{{"TASK", left, 12},
               {"ITEMS", right},
               {"DONE", right},
               {"RESULTS", right},
               {"PENDING", right},
               {"IN FLIGHT", right},
               {"FAILED", right},
               {"SKIPPED", right},
               {"SCORE", right},
               {"TOKENS", right},
               {"COST", right},
               {"ETA", right}}};
    for (const auto &t : tasks)
        out.add(row_of(t));
    return out;
}

/// "precision above 0.80: 0.97 ± 0.02 from 412 reviews"; nothing where no person has judged answers.
std::string precision_text(const task_report &t) {
    if (!t.review_below)
        return {};
    const auto above = *t.review_below > 0 ? fmt::format(" from score {:.2f} on", *t.review_below) : std::string{};
    if (t.judged_above < actions::least_reviews)
        return fmt::format("not enough reviews of answers{} to tell their precision: {} of {}", above, t.judged_above,
                           actions::least_reviews);
    const auto precision = actions::precision_of(t.good_above, t.judged_above);
    return fmt::format("precision{}: {:.2f} ± {:.2f} from {}", above, precision.share,
                       (precision.high - precision.low) / 2, count_of(precision.reviews, "review"));
}

std::vector<std::string> review_lines(const task_report &t, const std::string &name) {
    std::vector<std::string> lines;
    if (t.to_review > 0)
        lines.push_back(name + ": " + count_of(t.to_review, "answer") + " to review (smelt review " + t.pipeline +
                        " --task " + t.task + ")");
    if (t.overtaken > 0)
        lines.push_back(name + ": " + count_of(t.overtaken, "reviewed answer") +
                        (t.overtaken == 1 ? " stays although what it rests on" : " stay although what they rest on") +
                        " has changed (replace: smelt redo " + t.pipeline + " --changed --replace-reviewed)");
    if (const auto precision = precision_text(t); !precision.empty())
        lines.push_back(name + ": " + precision);
    return lines;
}

std::vector<std::string> attention(const task_report &t) {
    const auto name = t.pipeline + "/" + t.task;
    std::vector<std::string> lines;
    if (t.open_batches > 0)
        lines.push_back(name + ": " + count_of(t.open_batches, "batch") + " open, " + group_digits(t.answered) +
                        " of " + count_of(t.open_requests, "request") + " answered");
    if (t.waiting > 0)
        lines.push_back(
            name + ": " + count_of(t.waiting, "item") + (t.waiting == 1 ? " waits" : " wait") +
            " for other tasks or their source (why: SELECT key, waits_for FROM smelt.items WHERE status = 'waiting')");
    if (t.copies > 0)
        lines.push_back(name + ": " + count_of(t.copies, "record") + (t.copies == 1 ? " is a copy" : " are copies") +
                        " of others and not among the items (dedupe)");
    if (t.stuck_writes > 0)
        lines.push_back(
            name + ": " + count_of(t.stuck_writes, "event") +
            " could not be written back (why: SELECT record_id, error FROM smelt.write_back WHERE error IS NOT NULL)");
    std::ranges::move(review_lines(t, name), std::back_inserter(lines));
    if (t.retrying > 0)
        lines.push_back(name + ": " + count_of(t.retrying, "item") + " had an invalid answer and will be asked again");
    if (!t.hold.empty()) {
        const bool says_how = t.hold.find("smelt resume") != std::string::npos;
        lines.push_back(name + " is on hold: " + t.hold +
                        (says_how ? "" : "; lift it with: smelt resume " + t.pipeline));
    }
    if (!t.over_budget.empty())
        lines.push_back(name + " is not sent: " + t.over_budget);
    if (t.failed + t.failed_validation > 0)
        lines.push_back(name + ": " + count_of(t.failed + t.failed_validation, "item") +
                        " ended without a result (why: smelt failures " + t.pipeline + ")");
    return lines;
}

} // namespace

std::int64_t settled(const task_report &t) {
    return t.extracted + t.failed_validation + t.failed + t.skipped;
}

std::optional<double> eta_seconds(const task_report &t) {
    const auto left = t.total - settled(t);
    if (left <= 0 || left == t.waiting || !t.requests_per_second || *t.requests_per_second <= 0 || !t.hold.empty() ||
        !t.over_budget.empty())
        return std::nullopt;
    return t.due_in_seconds + static_cast<double>(left) / *t.requests_per_second;
}

namespace {

/// Null where no person has judged answers.
json precision_json(const task_report &t) {
    if (!t.review_below)
        return nullptr;
    const auto precision = actions::precision_of(t.good_above, t.judged_above);
    return {{"from_score", *t.review_below},
            {"reviews", precision.reviews},
            {"precision", precision.reviews == 0 ? json(nullptr) : json(precision.share)},
            {"low", precision.low},
            {"high", precision.high}};
}

} // namespace

json to_json(const task_report &t) {
    const auto progress = t.total == 0 ? 1.0 : static_cast<double>(settled(t)) / static_cast<double>(t.total);
    return {{"pipeline", t.pipeline},
            {"task", t.task},
            {"active", t.active},
            {"total", t.total},
            {"waiting", t.waiting},
            {"pending", t.pending},
            {"submitted", t.submitted},
            {"extracted", t.extracted},
            {"retrying", t.retrying},
            {"failed_validation", t.failed_validation},
            {"failed", t.failed},
            {"skipped", t.skipped},
            {"progress", progress},
            {"eta_seconds", number_or_null(eta_seconds(t))},
            {"open_batches", t.open_batches},
            {"open_requests", t.open_requests},
            {"answered", t.answered},
            {"mean_score", number_or_null(t.mean_score)},
            {"input_tokens", t.input_tokens},
            {"output_tokens", t.output_tokens},
            {"cost_usd", usd_or_null(t.cost_usd)},
            {"unpriced_batches", t.unpriced_batches},
            {"copies", t.copies},
            {"stuck_writes", t.stuck_writes},
            {"to_review", t.to_review},
            {"reviewed", t.reviewed},
            {"overtaken", t.overtaken},
            {"precision", precision_json(t)},
            {"source_problem", text_or_null(t.source_problem)},
            {"hold", text_or_null(t.hold)},
            {"over_budget", text_or_null(t.over_budget)}};
}

namespace {

std::string end_of(const store::budget_report &b) {
    std::string text;
    if (b.is_too_small)
        text = "; less than a request may cost";
    else if (b.is_used_up)
        text = std::strtod(b.left_usd.c_str(), nullptr) * 20 < std::strtod(b.limit_usd.c_str(), nullptr)
                   ? "; used up"
                   : "; less than the next request may cost";
    if (b.differs)
        text += "; the files of " + b.said_by + " differ, the smallest amount holds";
    return text;
}

} // namespace

std::string budget_line(const store::budget_report &b) {
    const auto per = b.per == "total" ? " in total" : b.per == "invocation" ? " per run" : " per " + b.per;
    return b.of + ": of " + money(b.limit_usd, false) + per + ", " + money(b.spent_usd, false) + " spent, " +
           money(b.reserved_usd, false) + " reserved, " + money(b.left_usd, false) + " left" + end_of(b);
}

json to_json(const store::budget_report &b) {
    return {{"of", b.of},
            {"per", b.per},
            {"limit_usd", usd_or_null(b.limit_usd)},
            {"spent_usd", usd_or_null(b.spent_usd)},
            {"reserved_usd", usd_or_null(b.reserved_usd)},
            {"left_usd", usd_or_null(b.left_usd)},
            {"is_used_up", b.is_used_up},
            {"is_too_small", b.is_too_small}};
}

std::string render_status(const std::vector<task_report> &tasks, const std::vector<store::budget_report> &budgets,
                          const terminal &t) {
    auto out = table_of(tasks).render(t);
    for (const auto &budget : budgets)
        out += printable("Budget of " + budget_line(budget)) + '\n';
    std::string before;
    for (const auto &task : tasks) {
        if (!task.source_problem.empty() && task.pipeline != before)
            out += printable(task.pipeline + ": its source is incomplete: " + task.source_problem) + '\n';
        before = task.pipeline;
        for (const auto &line : attention(task))
            out += printable(line) + '\n';
    }
    return out;
}

} // namespace smelt::cli
