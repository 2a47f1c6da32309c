#include "smelt/cli/pipeline_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::cli {
namespace {

using actions::pipeline_figures;
using actions::task_figures;

constexpr std::size_t label_width = 24;
constexpr std::size_t full_bar = 30;

std::string named_lines(const std::string &name, const std::string &text) {
    constexpr std::size_t text_width = 67;
    std::string out, before = fmt::format("  {:<10} ", name);
    for (const auto &one : wrap(text, text_width)) {
        out += before + std::string{trim(one)} + '\n';
        before.assign(before.size(), ' ');
    }
    return out;
}

/// Of a whole bar in eighths, so that small shares are seen.
std::string share_bar(std::int64_t n, std::int64_t most) {
    static constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (n <= 0 || most <= 0)
        return {};
    const auto eighths = std::max<std::int64_t>(1, n * static_cast<std::int64_t>(full_bar) * 8 / most);
    std::string out;
    for (std::int64_t i = 0; i < eighths / 8; ++i)
        out += "█";
    return out + std::string{parts.at(static_cast<std::size_t>(eighths % 8))};
}

std::string label_of(const std::string &value) {
    return value.empty() ? "(empty)" : printable(value);
}

/// whole: what the percentages are of; 0: their sum.
std::string bar_lines(const bar_list &all, std::int64_t whole = 0) {
    std::int64_t most = 0, sum = 0;
    std::size_t digits = 1, width = 4;
    for (const auto &[label, n] : all) {
        most = std::max(most, n);
        sum += n;
        digits = std::max(digits, group_digits(n).size());
        width = std::max(width, display_width(label_of(label)));
    }
    width = std::min(width, label_width);
    std::string out;
    for (const auto &[label, n] : all) {
        const auto shown = clip_columns(label_of(label), width);
        out += "    " + shown + std::string(width - display_width(shown), ' ') +
               fmt::format("  {:>{}}  {:>5}", group_digits(n), digits, percent(n, whole > 0 ? whole : sum)) +
               (n > 0 ? "  " + share_bar(n, most) : std::string{}) + '\n';
    }
    return out;
}

std::string span_text(const store::batch_figures &b) {
    auto text = count_of(b.batches, "batch") + ", " + rough_span(b.mean) + " each";
    if (rough_span(b.least) != rough_span(b.most))
        text += " (" + rough_span(b.least) + " to " + rough_span(b.most) + ")";
    if (b.per_second)
        text += fmt::format(", {:.{}f} answers a second", *b.per_second, *b.per_second < 10 ? 1 : 0);
    return text;
}

std::string results_text(const task_figures &t, bool is_part) {
    const auto &s = t.state;
    if (!s.active)
        return "the pipeline file no longer has this task";
    if (is_part)
        return count_of(t.scores.answers, "result") + " of this time, " + group_digits(t.scores.current) +
               " of them current";
    const auto wanted = s.total - s.skipped;
    auto text = group_digits(t.scores.current) + " of " + count_of(wanted, "item") + (wanted == 1 ? " has" : " have") +
                " a current result (" + percent(t.scores.current, wanted) + ")";
    if (s.skipped > 0)
        text += ", " + group_digits(s.skipped) + " skipped";
    if (t.scores.answers > t.scores.current)
        text += ", " + group_digits(t.scores.answers - t.scores.current) + " superseded";
    if (const auto failed = s.failed + s.failed_validation; failed > 0)
        text += ", " + group_digits(failed) + " failed";
    if (s.to_review > 0)
        text += ", " + group_digits(s.to_review) + " to review";
    if (s.copies > 0)
        text += "; " + count_of(s.copies, "record") + (s.copies == 1 ? " is a copy" : " are copies") + " of others";
    return text;
}

std::string tokens_text(const store::model_usage &u) {
    const auto answers = std::max<std::int64_t>(1, u.accepted + u.rejected);
    return group_digits(u.input) + " in, " + group_digits(u.output) + " out" +
           (u.reasoning > 0 ? " (" + group_digits(u.reasoning) + " of it reasoning)" : "") + "; " +
           group_digits(u.input / answers) + " and " + group_digits(u.output / answers) + " an answer";
}

std::string cache_text(const task_figures &t) {
    const auto u = t.total();
    if (u.cached == 0)
        return "no input was reported as coming from the provider's cache";
    return group_digits(u.cached) + " tokens of the input came from the provider's cache (" +
           percent(u.cached, u.input) + ")" +
           (t.cache_saved.value_or(0) > 0 ? ", which saved " + dollars_of(*t.cache_saved) : std::string{});
}

std::string cost_text(const task_figures &t) {
    auto text = t.is_partly_unpriced() && t.cost() == 0 ? std::string{"not known"}
                                                        : money(usd_text(t.cost()), t.is_partly_unpriced());
    if (t.synchronous_cost)
        text += "; request by request it would have been " + dollars_of(*t.synchronous_cost);
    return text;
}

} // namespace

std::string wasted_money(const task_figures &t) {
    if (t.waste.unpriced > 0 && t.wasted() == 0)
        return "an unknown amount";
    return money(usd_text(t.wasted()), t.waste.unpriced > 0);
}

namespace {

std::string waste_text(const task_figures &t) {
    const auto &w = t.waste;
    std::vector<std::string> parts;
    const auto add = [&](std::int64_t n, const std::string &what, picousd cost) {
        if (n > 0)
            parts.push_back(group_digits(n) + " " + what +
                            (cost > 0 || w.unpriced == 0 ? " (" + dollars_of(cost) + ")" : std::string{}));
    };
    add(w.invalid, "invalid", w.invalid_cost);
    add(w.replaced, "replaced by later ones", w.replaced_cost);
    add(w.failed, "refused or unusable", w.failed_cost);
    auto text =
        wasted_money(t) + " on answers that are nobody's result" + (parts.empty() ? "" : ": " + join_words(parts));
    std::vector<std::string> lost;
    if (w.expired > 0)
        lost.push_back(count_of(w.expired, "request") + " expired");
    if (w.missing > 0)
        lost.push_back(count_of(w.missing, "answer") + (w.missing == 1 ? " was" : " were") + " lost");
    if (w.duplicate_lines > 0)
        lost.push_back(count_of(w.duplicate_lines, "answer") + " came twice");
    if (w.duplicate_jobs > 0)
        lost.push_back(count_of(w.duplicate_jobs, "job") + " at the provider came to nothing");
    return lost.empty() ? text : text + "; " + join_words(lost);
}

/// "papers: 40 items, 36 with a current result"
std::string heading(const pipeline_figures &report) {
    return report.pipeline + ", " + report.made_at + " UTC" +
           (report.since ? ", answers and batches since " + *report.since : std::string{});
}

std::string rules_text(const task_figures &t) {
    std::string out;
    const auto sum = t.total();
    if (!t.rules.empty()) {
        bar_list failed;
        for (const auto &rule : t.rules)
            failed.emplace_back(rule.rule, rule.failed);
        out += "  rules and checks, by how many of the answers they found fault with\n" +
               bar_lines(failed, sum.accepted + sum.rejected);
    }
    if (!t.silent_rules.empty() && sum.accepted > 0)
        out += named_lines("no fault", "found by the rules " + join_words(t.silent_rules));
    return out;
}

std::string failures_text(const task_figures &t) {
    std::string out;
    for (const auto &f : t.failures)
        out +=
            "    " +
            clip_columns(printable(fmt::format("{} {}, for example {}", group_digits(f.items), f.cause, f.key)), 76) +
            "\n      " + clip_columns(printable(f.message), 74) + '\n';
    return out.empty() ? out : "  failures\n" + out;
}

std::string task_text(const task_figures &t, bool is_part, const terminal &look) {
    std::string out = paint(printable(t.state.task), style::strong, look.colour) + '\n';
    for (const auto &[name, text] : task_lines(t, is_part))
        out += named_lines(name, text);
    if (t.usage.size() > 1)
        for (const auto &one : t.usage)
            out += "    " + printable(usage_line(one)) + '\n';
    if (t.scores.least < t.scores.most)
        out += "  score\n" + bar_lines(score_bars(t.scores));
    for (const auto &[name, figures] : t.fields)
        if (figures.values > 0)
            out += "  " + printable(field_title(name, figures, t.scores.answers)) + (figures.is_cut() ? ":\n" : "\n") +
                   bar_lines(figures.counts, figures.values);
    return out + rules_text(t) + failures_text(t);
}

} // namespace

bar_list score_bars(const store::score_figures &scores) {
    bar_list all;
    std::size_t first = 10, last = 0;
    for (std::size_t i = 0; i < scores.tenths.size(); ++i)
        if (scores.tenths.at(i) > 0) {
            first = std::min(first, i);
            last = i;
        }
    for (auto i = first; i <= last && i < 10; ++i)
        all.emplace_back(fmt::format("0.{} to {}", i, i == 9 ? std::string{"1.0"} : fmt::format("0.{}", i + 1)),
                         scores.tenths.at(i));
    return all;
}

std::string field_title(const std::string &name, const store::field_figures &f, std::int64_t answers) {
    auto text = name + ": " + count_of(f.values, "value");
    if (f.values < answers)
        text += ", " + group_digits(answers - f.values) + " answers have none";
    if (f.mean)
        text += fmt::format(", mean {:.4g}, {:.4g} to {:.4g}", *f.mean, f.least, f.most);
    else if (f.is_cut())
        text += ", " + group_digits(f.different) + " different, the most frequent";
    return text;
}

std::string usage_line(const store::model_usage &one) {
    const auto rung = one.rung == 0 ? std::string{} : rung_name(one.rung) + ", ";
    const bool known = one.unpriced == 0 || one.cost > 0;
    return rung + one.model + " at " + one.provider + ": " + count_of(one.requests, "request") + ", " +
           group_digits(one.accepted) + " accepted, " + group_digits(one.rejected) + " rejected, " +
           (known ? money(usd_text(one.cost), one.unpriced > 0) : std::string{"cost not known"});
}

std::vector<std::pair<std::string, std::string>> task_lines(const task_figures &t, bool is_part) {
    const auto sum = t.total();
    std::vector<std::pair<std::string, std::string>> lines{{"results", results_text(t, is_part)}};
    if (sum.requests == 0)
        return lines;
    lines.emplace_back("answers",
                       group_digits(sum.accepted) + " of " + count_of(sum.requests, "request") + " accepted (" +
                           percent(sum.accepted, sum.requests) + ")" +
                           (sum.rejected > 0 ? ", " + group_digits(sum.rejected) + " invalid" : "") +
                           (t.waste.failed > 0 ? ", " + group_digits(t.waste.failed) + " refused or unusable" : ""));
    if (t.scores.answers > 0)
        lines.emplace_back("score",
                           fmt::format("mean {:.2f}, {:.2f} to {:.2f}", t.scores.mean, t.scores.least, t.scores.most));
    lines.emplace_back("tokens", tokens_text(sum));
    lines.emplace_back("cache", cache_text(t));
    lines.emplace_back("cost", cost_text(t));
    lines.emplace_back("wasted", waste_text(t));
    if (t.batches.batches > 0)
        lines.emplace_back("batches", span_text(t.batches));
    return lines;
}

std::string total_text(const actions::pipeline_figures &report) {
    picousd cost = 0, wasted = 0;
    bool is_partly_unpriced = false;
    for (const auto &t : report.tasks) {
        cost += t.cost();
        wasted += t.wasted();
        is_partly_unpriced = is_partly_unpriced || t.is_partly_unpriced();
    }
    if (is_partly_unpriced && cost == 0)
        return "not known";
    return money(usd_text(cost), is_partly_unpriced) + ", of it wasted: " + money(usd_text(wasted), is_partly_unpriced);
}

std::string render_report(const pipeline_figures &report, const terminal &t) {
    auto out = printable(heading(report)) + '\n';
    for (const auto &task : report.tasks)
        out += '\n' + task_text(task, report.since.has_value(), t);
    if (report.tasks.size() > 1)
        out += '\n' + printable("Cost in all: " + total_text(report)) + '\n';
    for (const auto &budget : report.budgets)
        out += "\nBudget of " + printable(budget_line(budget)) + '\n';
    return out;
}

} // namespace smelt::cli
