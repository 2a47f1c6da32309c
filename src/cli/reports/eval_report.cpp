#include "smelt/cli/eval_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::cli {
namespace {

using actions::agreement;
using actions::evaluation_report;
using actions::field_figures;
using enum table::align;

std::string figure(double value) {
    return fmt::format("{:.3f}", value);
}

std::string figure(const std::optional<double> &value) {
    return value ? figure(*value) : "-";
}

std::string indented(const std::string &lines) {
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = lines.find('\n', at);
        out += "  " + lines.substr(at, end - at) + '\n';
        at = end + 1;
    }
    return out;
}

std::string fields_table(const evaluation_report &report, const terminal &t) {
    table out{{{"FIELD", left, 10},
               {"N", right},
               {"RIGHT", right},
               {"ACCURACY", right},
               {"BASELINE", right},
               {"MACRO F1", right},
               {"ALPHA", right}}};
    for (const auto &f : report.fields) {
        const auto &a = f.all;
        const bool classes = a.has_classes() && a.pairs() > 0;
        out.add({f.field, group_digits(a.pairs()), group_digits(a.right()), a.pairs() == 0 ? "-" : figure(a.accuracy()),
                 classes ? figure(a.majority_baseline().first) : "-", classes ? figure(a.macro_f1()) : "-",
                 classes ? figure(a.alpha()) : "-"});
    }
    return out.render(t);
}

std::string classes_table(const agreement &a, const terminal &t) {
    table out{{{"CLASS", left, 8},
               {"EXPECTED", right},
               {"SHARE", right},
               {"ANSWERED", right},
               {"RIGHT", right},
               {"PRECISION", right},
               {"RECALL", right},
               {"F1", right}}};
    for (const auto &c : a.classes())
        out.add({c.label, group_digits(c.expected), percent(c.expected, a.pairs()), group_digits(c.answered),
                 group_digits(c.right), figure(c.precision()), figure(c.recall()), figure(c.f1())});
    return out.render(t);
}

/// Rows: expected. Columns: answered.
std::string confusion_table(const agreement &a, const terminal &t) {
    const auto classes = a.classes();
    constexpr std::size_t most = 10;
    if (classes.size() > most)
        return "  confusion of more than 10 classes: --json\n";
    std::vector<table::column> columns{{"EXPECTED \\ ANSWERED", left, 8}};
    for (const auto &c : classes)
        columns.push_back({printable(c.label), right, 3});
    table out{columns};
    for (const auto &expected : classes) {
        std::vector<table::cell> row{expected.label};
        for (const auto &answered : classes) {
            const auto found = a.confusion().find({expected.label, answered.label});
            row.push_back(table::counted(found == a.confusion().end() ? 0 : found->second, style::plain));
        }
        out.add(std::move(row));
    }
    return indented(out.render(t));
}

std::string parts_table(const field_figures &f, const std::string &part_field, const terminal &t) {
    table out{{{part_field, left, 10}, {"N", right}, {"ACCURACY", right}, {"ALPHA", right}}};
    std::int64_t small = 0;
    for (const auto &[value, a] : f.parts) {
        if (a.pairs() < actions::least_of_part)
            ++small;
        else
            out.add({value, group_digits(a.pairs()), figure(a.accuracy()), a.has_classes() ? figure(a.alpha()) : "-"});
    }
    auto text = out.empty() ? std::string{} : indented(out.render(t));
    if (small > 0)
        text += fmt::format("  {} of {} with fewer than {} labels {} left out\n", count_of(small, "value"), part_field,
                            actions::least_of_part, small == 1 ? "is" : "are");
    return text;
}

std::string bands_table(const evaluation_report &report, const terminal &t) {
    table out{
        {{"SCORE", left}, {"REVIEWS", right}, {"ACCEPTED", right}, {"PRECISION", right}, {"95 % INTERVAL", right}}};
    for (const auto &band : report.bands)
        out.add({fmt::format("{:.1f} to {:.1f}", band.from, band.to), group_digits(band.precision.reviews),
                 group_digits(band.precision.good), figure(band.precision.share),
                 fmt::format("{:.3f} to {:.3f}", band.precision.low, band.precision.high)});
    return out.empty() ? std::string{}
                       : "\nPrecision by score, of answers that a person has looked at\n" + out.render(t);
}

std::string introduction(const evaluation_report &r) {
    auto text = fmt::format("{} against {}: {}", r.task, r.against, count_of(r.rows, "row"));
    if (r.things != r.rows)
        text += fmt::format(" about {}", count_of(r.things, "record"));
    if (r.labelled_twice > 0)
        text += fmt::format(", {} with several labels", group_digits(r.labelled_twice));
    if (!r.not_found.empty())
        text += fmt::format(", {} without such a record", group_digits(static_cast<std::int64_t>(r.not_found.size())));
    if (r.unanswered > 0)
        text += fmt::format(", {} without an answer", group_digits(r.unanswered));
    if (r.rejected > 0)
        text += fmt::format(", {} rejected without a right answer", group_digits(r.rejected));
    return printable(text) + "\n";
}

void add_notes(std::string &out, const std::string &title, const std::vector<std::string> &notes) {
    constexpr std::size_t most = 20;
    if (notes.empty())
        return;
    out += title + '\n';
    for (std::size_t i = 0; i < std::min(most, notes.size()); ++i)
        out += "  " + printable(notes[i]) + '\n';
    if (notes.size() > most)
        out += fmt::format("  and {} more\n", notes.size() - most);
}

json figures_of(const agreement &a) {
    json out{{"n", a.pairs()}, {"right", a.right()}, {"accuracy", a.pairs() == 0 ? json(nullptr) : json(a.accuracy())}};
    if (!a.has_classes() || a.pairs() == 0) {
        for (const auto *none : {"majority_baseline", "majority_class", "macro_f1", "alpha", "classes", "confusion"})
            out[none] = nullptr;
        return out;
    }
    const auto [baseline, label] = a.majority_baseline();
    out["majority_baseline"] = baseline;
    out["majority_class"] = label;
    out["macro_f1"] = a.macro_f1();
    out["alpha"] = number_or_null(a.alpha());
    auto classes = json::array();
    for (const auto &c : a.classes())
        classes.push_back({{"class", c.label},
                           {"expected", c.expected},
                           {"answered", c.answered},
                           {"right", c.right},
                           {"precision", c.precision()},
                           {"recall", c.recall()},
                           {"f1", c.f1()}});
    out["classes"] = std::move(classes);
    auto confusion = json::array();
    for (const auto &[labels, n] : a.confusion())
        confusion.push_back({{"expected", labels.first}, {"answered", labels.second}, {"n", n}});
    out["confusion"] = std::move(confusion);
    return out;
}

} // namespace

json to_json(const evaluation_report &r) {
    auto fields = json::array();
    for (const auto &f : r.fields) {
        json one{{"field", f.field}};
        one.update(figures_of(f.all));
        auto parts = json::array();
        for (const auto &[value, a] : f.parts) {
            if (a.pairs() < actions::least_of_part)
                continue;
            json part{{"value", value}};
            part.update(figures_of(a));
            parts.push_back(std::move(part));
        }
        one["parts"] = std::move(parts);
        fields.push_back(std::move(one));
    }
    auto bands = json::array();
    for (const auto &b : r.bands)
        bands.push_back({{"from", b.from},
                         {"to", b.to},
                         {"reviews", b.precision.reviews},
                         {"accepted", b.precision.good},
                         {"precision", b.precision.share},
                         {"low", b.precision.low},
                         {"high", b.precision.high}});
    return {{"task", r.task},
            {"against", r.against},
            {"rows", r.rows},
            {"records", r.things},
            {"absent", r.not_found.size()},
            {"unanswered", r.unanswered},
            {"several", r.labelled_twice},
            {"not_found", r.not_found},
            {"unused_columns", r.unused},
            {"rejected", r.rejected},
            {"ties", r.ties},
            {"majorities", r.disagreed},
            {"fields", std::move(fields)},
            {"score_bands", std::move(bands)}};
}

std::string render_eval(const evaluation_report &report, const std::string &part_field, const terminal &t) {
    auto out = introduction(report);
    if (report.rows == 0)
        return out + "There is nothing to compare.\n";
    add_notes(out, "No record is found for:", report.not_found);
    if (!report.unused.empty())
        out += printable("Not compared, because no field of the answers is called so: " + join_words(report.unused)) +
               '\n';
    add_notes(out, "Left out, because no label is more frequent than all others:", report.ties);
    add_notes(out, "Decided by a majority:", report.disagreed);
    out += '\n' + fields_table(report, t);
    for (const auto &f : report.fields) {
        if (f.all.pairs() == 0 || !f.all.has_classes())
            continue;
        out += '\n' + paint(printable(f.field), style::strong, t.colour) + '\n' + indented(classes_table(f.all, t)) +
               '\n' + confusion_table(f.all, t);
        if (!part_field.empty())
            out += '\n' + parts_table(f, printable(part_field), t);
    }
    return out + bands_table(report, t);
}

} // namespace smelt::cli
