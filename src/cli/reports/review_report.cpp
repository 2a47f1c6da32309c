#include "smelt/cli/review_report.hpp"

#include "smelt/actions/review.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace smelt::cli {
namespace {

constexpr std::size_t narrow = 110; ///< columns; below, the record stands above the output
constexpr std::size_t field_lines = 12;
constexpr std::size_t output_lines = 40;

using lines = std::vector<std::string>;

/// At most so many; says that there are more.
void cut(lines &all, std::size_t most) {
    if (all.size() <= most)
        return;
    all.resize(most - 1);
    all.emplace_back("… and more (m shows all)");
}

/// One more than are shown, so that cut notices.
std::size_t looked_at(std::size_t most) {
    return most == std::string::npos ? most : most + 1;
}

std::string as_text(const json &value) {
    return value.is_string() ? value.get<std::string>() : value.dump(2, ' ', false, json::error_handler_t::replace);
}

void add_wrapped(lines &into, const std::string &before, const std::string &text, std::size_t width, std::size_t most) {
    auto wrapped = wrap(before + text, width, looked_at(most));
    cut(wrapped, most);
    std::ranges::move(wrapped, std::back_inserter(into));
}

/// "name: value" for each field of the record, then the answers that the request was rendered from.
lines record_lines(const store::shown_answer &a, std::size_t width, bool whole) {
    lines out;
    const auto most = whole ? std::string::npos : field_lines;
    const auto fields = json::parse(a.fields, nullptr, false);
    for (const auto &[name, value] : fields.items())
        add_wrapped(out, name + ": ", as_text(value), width, most);
    if (const auto tasks = json::parse(a.tasks, nullptr, false); tasks.is_object())
        for (const auto &[task, value] : tasks.items())
            add_wrapped(out, "answer of " + task + ": ", as_text(value), width, most);
    return out;
}

/// What was found, and what the rules say that found nothing.
lines finding_lines(const store::shown_answer &a, const task_definition &definition, std::size_t width) {
    lines out;
    std::set<std::string> found;
    const auto findings = json::parse(a.findings, nullptr, false);
    for (const auto &f : findings.is_array() ? findings : json::array()) {
        const auto rule = f.value("rule", "");
        found.insert(rule);
        if (f.value("kind", "") == "repair")
            add_wrapped(out, "repaired by " + rule + ": ", f.value("message", ""), width, field_lines);
        else
            add_wrapped(out, "warning of " + rule + ": ", f.value("message", ""), width, field_lines);
    }
    if (out.empty() && a.is_doubtful)
        out.emplace_back("nothing was taken off: the model itself is not sure");
    if (!a.earlier.empty())
        add_wrapped(out, "said of it before: ", a.earlier, width, field_lines);
    lines held;
    for (const auto &rule : definition.rules)
        if (!found.contains(rule.name))
            held.push_back(rule.name);
    if (!held.empty())
        add_wrapped(out, held.size() == 1 ? "rule that holds: " : "rules that hold: ", join_words(held), width,
                    field_lines);
    return out;
}

std::string padded(const std::string &text, std::size_t width) {
    const auto used = display_width(text);
    return used < width ? text + std::string(width - used, ' ') : text;
}

std::string beside(const lines &left, const lines &right, std::size_t width) {
    std::string out;
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i)
        out += padded(i < left.size() ? left[i] : std::string{}, width) + " │ " +
               (i < right.size() ? right[i] : std::string{}) + '\n';
    return out;
}

std::string joined(const lines &all, const std::string &before) {
    std::string out;
    for (const auto &line : all)
        out += before + line + '\n';
    return out;
}

std::string title_of(const store::shown_answer &a, const task_definition &definition, const review_progress &progress) {
    auto title = fmt::format("{} of {}   score {:.2f}", progress.number, progress.total, a.score);
    if (definition.score.review_below && a.is_doubtful)
        title += fmt::format(" (doubtful below {:.2f})", *definition.score.review_below);
    return printable(fmt::format("{}   {}/{}   {}   {}", title, progress.pipeline, a.task, a.key, a.model));
}

} // namespace

std::string render_review(const store::shown_answer &a, const task_definition &definition,
                          const review_progress &progress, const terminal &t) {
    const auto width = t.width == 0 ? std::size_t{100} : t.width;
    const bool is_wide = width >= narrow;
    const auto half = is_wide ? (width - 3) / 2 : width - 2;
    const auto record = record_lines(a, half, progress.whole);
    auto output =
        wrap(actions::editable_text(a, definition), half, progress.whole ? std::string::npos : looked_at(output_lines));
    if (!progress.whole)
        cut(output, output_lines);
    std::string out = paint(clip_to(title_of(a, definition, progress), t), style::strong, t.colour) + "\n\n";
    if (is_wide)
        out +=
            paint(padded("record", half) + " │ answer", style::faint, t.colour) + '\n' + beside(record, output, half);
    else
        out += joined(record, "  ") + "\n" + paint("answer", style::faint, t.colour) + '\n' + joined(output, "  ");
    if (const auto findings = finding_lines(a, definition, width - 2); !findings.empty())
        out += '\n' + paint(joined(findings, ""), a.is_doubtful ? style::warn : style::plain, t.colour);
    return out;
}

} // namespace smelt::cli
