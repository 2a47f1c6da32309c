#include "smelt/cli/answer_report.hpp"

#include "smelt/base/error.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/domain/status.hpp"

#include <fmt/format.h>

namespace smelt::cli {
namespace {

using store::answer_report;

constexpr std::size_t shown_lines = 30;
constexpr std::size_t line_bytes = 1000;

void add_lines(std::string &out, std::string_view text, const std::string &before, style look, const terminal &t) {
    for (const auto &line : first_lines(text, shown_lines, line_bytes))
        out += paint(clip_to(before + line, t), look, t.colour) + '\n';
}

std::string what_came(const answer_report &a) {
    auto line = a.task + ": " + a.outcome;
    if (a.cause != to_string(cause_kind::none))
        line += ", " + a.cause;
    if (a.score)
        line += fmt::format(", score {:.2f}", *a.score);
    line += ", batch " + std::to_string(a.batch) + ", " + a.model;
    return line + (a.at ? ", " + ago(a.at->seconds_ago) : "");
}

std::string request_title(const answer_report &a, const shown_request &request) {
    if (a.made_by != "provider")
        return "  no request: " + request.why_not;
    if (!request.why_not.empty())
        return "  request: it cannot be rendered any more: " + request.why_not;
    return std::string{"  request"} +
           (a.record_changed ? " (the record has changed since: this is what it would be now)" : "");
}

} // namespace

shown_request request_renderer::request_of(const answer_report &a) {
    if (a.made_by == "human")
        return {{}, "a person has written this answer (smelt review)"};
    if (a.made_by == "rules")
        return {{}, "the rule pack has given this answer (smelt rules)"};
    try {
        auto &task = versions_[a.version];
        if (!task)
            task = std::make_unique<extraction::compiled_task>(
                definition_from_json(json::parse(definition_of_(a.version))));
        return {task->render(a.fields, nullptr), {}};
    } catch (const extraction::render_error &e) {
        return {{}, e.what()};
    }
}

const std::vector<std::string> &known_causes() {
    static const auto names = [] {
        std::vector<std::string> all;
        for (auto i = static_cast<int>(cause_kind::schema); i <= static_cast<int>(cause_kind::empty); ++i)
            all.emplace_back(to_string(static_cast<cause_kind>(i)));
        return all;
    }();
    return names;
}

json to_json(const answer_report &a, const shown_request &request) {
    auto messages = json::array();
    for (const auto &m : request.messages)
        messages.push_back({{"role", m.role}, {"content", m.content}});
    return {{"task", a.task},
            {"key", a.key},
            {"outcome", a.outcome},
            {"cause", a.cause == to_string(cause_kind::none) ? json(nullptr) : json(a.cause)},
            {"message", text_or_null(a.message)},
            {"findings", a.findings.empty() ? json(nullptr) : json::parse(a.findings, nullptr, false)},
            {"score", a.score ? json(*a.score) : json(nullptr)},
            {"batch", a.batch},
            {"at", a.at ? json(a.at->iso) : json(nullptr)},
            {"model", a.model},
            {"request", request.why_not.empty() ? messages : json(nullptr)},
            {"record_changed", a.record_changed},
            {"answer", text_or_null(a.answer)}};
}

std::string render_answer(const answer_report &a, const shown_request &request, const terminal &t) {
    std::string out = paint(clip_to(printable(a.key), t), style::strong, t.colour) + '\n';
    out += clip_to("  " + printable(what_came(a)), t) + '\n';
    add_lines(out, a.message, "  ", a.outcome == to_string(outcome_kind::accepted) ? style::warn : style::bad, t);
    out += clip_to(printable(request_title(a, request)), t) + '\n';
    for (const auto &m : request.messages)
        add_lines(out, m.content, "  " + m.role + "> ", style::faint, t);
    if (a.answer.empty())
        out += "  no answer\n";
    else
        out += "  answer\n";
    add_lines(out, a.answer, "  | ", style::plain, t);
    return out + '\n';
}

} // namespace smelt::cli
