#include "smelt/cli/html_report.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/pipeline_report.hpp"
#include "smelt/cli/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::cli {
namespace {

using actions::pipeline_figures;
using actions::task_figures;

/// Columns of a value beside its bar.
constexpr std::size_t longest_label = 100;

/// Text in HTML, and in attributes between double quotes.
std::string escaped(const std::string &text) {
    std::string out;
    for (const char c : printable(text))
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    return out;
}

std::string tile(const std::string &figure, const std::string &meaning) {
    return "<div class=\"tile\"><b>" + escaped(figure) + "</b><span>" + escaped(meaning) + "</span></div>\n";
}

std::string tiles(const task_figures &t) {
    const auto wanted = t.state.total - t.state.skipped;
    std::string out = "<div class=\"tiles\">\n";
    out += tile(percent(t.scores.current, wanted),
                group_digits(t.scores.current) + " of " + count_of(wanted, "item") + " with a current result");
    if (t.scores.answers > 0)
        out += tile(fmt::format("{:.2f}", t.scores.mean), "mean score");
    if (!t.usage.empty()) {
        const bool unknown = t.is_partly_unpriced() && t.cost() == 0;
        out += tile(unknown ? "–" : money(usd_text(t.cost()), t.is_partly_unpriced()),
                    unknown ? "cost, not known" : "cost");
        out += tile(t.waste.unpriced > 0 && t.wasted() == 0 ? "–" : wasted_money(t), "of it spent in vain");
    }
    return out + "</div>\n";
}

/// whole: what the percentages are of; 0: their sum.
std::string bars(const bar_list &all, const std::string &look, std::int64_t whole = 0) {
    std::int64_t most = 1, sum = whole;
    for (const auto &[label, n] : all) {
        most = std::max(most, n);
        sum += whole > 0 ? 0 : n;
    }
    std::string out = "<table class=\"bars" + look + "\">\n";
    for (const auto &[label, n] : all)
        out += "<tr><td class=\"label\">" +
               (label.empty() ? "<i>empty</i>" : escaped(clip_columns(label, longest_label))) +
               "</td><td class=\"track\">" +
               (n == 0 ? std::string{}
                       : fmt::format("<span class=\"bar\" style=\"width:{:.1f}%\"></span>",
                                     100.0 * static_cast<double>(n) / static_cast<double>(most))) +
               "</td><td class=\"n\">" + group_digits(n) + "</td><td class=\"n\">" + percent(n, sum) + "</td></tr>\n";
    return out + "</table>\n";
}

/// The scores as columns, a tenth each.
std::string histogram(const store::score_figures &scores) {
    constexpr int width = 560, height = 120, column = 50, left = 30;
    const auto most = std::max<std::int64_t>(1, *std::ranges::max_element(scores.tenths));
    std::string out =
        fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Answers by score\">\n", width, height + 34);
    for (std::size_t i = 0; i < scores.tenths.size(); ++i) {
        const auto n = scores.tenths.at(i);
        const auto high = n == 0 ? 0.0 : std::max(2.0, static_cast<double>(n) * height / static_cast<double>(most));
        const auto x = left + column * static_cast<int>(i);
        if (n > 0)
            out += fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\" rx=\"2\"/>"
                               "<text x=\"{}\" y=\"{:.1f}\">{}</text>\n",
                               x + 4, 16 + height - high, column - 8, high, x + column / 2, 12 + height - high,
                               group_digits(n));
    }
    out += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", left, height + 16.5, left + column * 10,
                       height + 16.5);
    for (int i = 0; i <= 10; ++i)
        out += fmt::format("<text x=\"{}\" y=\"{}\">{:.1f}</text>\n", left + column * i, height + 30, i / 10.0);
    return out + "</svg>\n";
}

std::string field_part(const std::string &name, const store::field_figures &f, std::int64_t answers) {
    return "<h3>" + escaped(field_title(name, f, answers)) + "</h3>\n" + bars(f.counts, "", f.values);
}

std::string usage_part(const task_figures &t) {
    if (t.usage.empty())
        return {};
    std::string out =
        "<h3>Models</h3>\n<div class=\"wide\"><table>\n<tr><th>model</th><th>rung</th><th class=\"n\">requests</th><th "
        "class=\"n\">accepted</th><th class=\"n\">rejected</th><th class=\"n\">tokens in</th><th "
        "class=\"n\">out</th><th class=\"n\">cost</th></tr>\n";
    for (const auto &one : t.usage) {
        const bool known = one.unpriced == 0 || one.cost > 0;
        out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
                           "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
                           "class=\"n\">{}</td></tr>\n",
                           escaped(one.model + " at " + one.provider),
                           one.rung < 0 ? "fallback" : std::to_string(one.rung), group_digits(one.requests),
                           group_digits(one.accepted), group_digits(one.rejected), short_number(one.input),
                           short_number(one.output), known ? money(usd_text(one.cost), one.unpriced > 0) : "–");
    }
    return out + "</table></div>\n";
}

std::string rules_part(const task_figures &t) {
    std::string out;
    bar_list failed;
    for (const auto &rule : t.rules)
        failed.emplace_back(rule.rule, rule.failed);
    const auto all = t.total();
    if (!failed.empty())
        out += "<h3>Rules and checks, by how many of the answers they found fault with</h3>\n" +
               bars(failed, " bad", all.accepted + all.rejected);
    if (!t.silent_rules.empty())
        out += "<p>No fault was found by " + escaped(join_words(t.silent_rules)) + "</p>\n";
    return out;
}

std::string failures_part(const task_figures &t) {
    if (t.failures.empty())
        return {};
    std::string out =
        "<h3>Failures</h3>\n<div class=\"wide\"><table>\n<tr><th class=\"n\">items</th><th>cause</th><th>for "
        "example</th><th>reason</th></tr>\n";
    for (const auto &f : t.failures)
        out += "<tr><td class=\"n\">" + group_digits(f.items) + "</td><td class=\"word\">" + escaped(f.cause) +
               "</td><td>" + escaped(clip_columns(f.key, longest_label)) + "</td><td>" + escaped(f.message) +
               "</td></tr>\n";
    return out + "</table></div>\n";
}

std::string task_part(const task_figures &t, bool is_part) {
    std::string out = "<section>\n<h2>" + escaped(t.state.task) + "</h2>\n" + tiles(t) + "<dl>\n";
    for (const auto &[name, text] : task_lines(t, is_part))
        out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(text) + "</dd>\n";
    out += "</dl>\n";
    if (t.scores.least < t.scores.most)
        out += "<h3>Answers by score</h3>\n<div class=\"plot\">" + histogram(t.scores) + "</div>\n";
    for (const auto &[name, figures] : t.fields)
        if (figures.values > 0)
            out += field_part(name, figures, t.scores.answers);
    return out + usage_part(t) + rules_part(t) + failures_part(t) + "</section>\n";
}

} // namespace

std::string html_of(const pipeline_figures &report) {
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                      "'unsafe-inline'\">\n<title>";
    out += escaped(report.pipeline) + "</title>\n<style>\n";
    out += embedded::find(embedded::config_files(), "data/report.css");
    out += "</style>\n</head>\n<body>\n<main>\n<h1>" + escaped(report.pipeline) + "</h1>\n<p class=\"sub\">" +
           escaped(report.made_at + " UTC" + (report.since ? ", answers and batches since " + *report.since : "")) +
           "</p>\n";
    for (const auto &t : report.tasks)
        out += task_part(t, report.since.has_value());
    if (report.tasks.size() > 1)
        out += "<section>\n<h2>Cost in all</h2>\n<p>" + escaped(total_text(report)) + "</p>\n</section>\n";
    if (!report.budgets.empty()) {
        out += "<section>\n<h2>Budgets</h2>\n";
        for (const auto &budget : report.budgets)
            out += "<p>" + escaped(budget_line(budget)) + "</p>\n";
        out += "</section>\n";
    }
    return out + "</main>\n</body>\n</html>\n";
}

} // namespace smelt::cli
