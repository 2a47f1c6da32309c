#include "task_checks.hpp"

#include "copies.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/expression.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// The same request for every record is hardly what is meant, and each would be paid for.
void check_prompt(const config::task_spec &spec, const extraction::compiled_task &task) {
    if (!task.fields().empty() || task.names_all_fields() || spec.constant_prompt)
        return;
    auto hint = extraction::likely_field(spec.definition.user);
    if (hint.empty())
        hint = extraction::likely_field(spec.definition.system);
    if (hint.empty())
        hint = "name a field of the records as {{field}}";
    throw usage_error{"task " + spec.definition.name +
                          ": its prompts name no field, so every record would have the same request; nothing was sent",
                      hint + "; if that is meant, set constant_prompt: true"};
}

/// What is shown as a right answer must be one.
void check_examples(const config::task_spec &spec, const extraction::compiled_task &task) {
    for (std::size_t i = 0; i < spec.definition.examples.size(); ++i) {
        const auto judged = task.judge(spec.definition.examples[i].assistant);
        if (judged.cause != cause_kind::none)
            throw usage_error{
                "task " + spec.definition.name + ": the answer of example " + std::to_string(i + 1) +
                    " would be rejected: " + (judged.findings.empty() ? "" : judged.findings.front().message),
                "correct the line in its examples file, or the schema"};
    }
}

/// Answers that the templates name must be needed, and able to have what is named of them.
void check_task_members(const config::pipeline &p, const config::task_spec &spec,
                        const extraction::compiled_task &task) {
    if (spec.needs.empty())
        return;
    for (const auto &path : task.task_members()) {
        if (path.empty())
            continue;
        const auto place = "task " + spec.definition.name + ": a template names {{tasks." + path.front();
        if (std::ranges::find(spec.needs, path.front()) == spec.needs.end())
            throw usage_error{place + "}}, the answer of a task that it does not need",
                              p.task(path.front()) == nullptr ? config::did_you_mean(path.front(), spec.needs)
                                                              : "add it: needs: [" + path.front() + ", ...]"};
        const std::vector<std::string> member{path.begin() + 1, path.end()};
        if (const auto wrong = config::why_impossible(p.task(path.front())->definition.output, member);
            wrong && !member.empty())
            throw usage_error{place + "." + config::to_text(member) + "}}: " + wrong->message, wrong->hint};
    }
}

/// What templates name of the evidence must be something that a pack can find.
void check_evidence(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task) {
    if (!p.rules)
        return;
    std::vector<std::string> families;
    for (const auto &family : p.rules->families)
        families.push_back(family.name);
    const std::vector<std::string> members{"families", "names", "primary", "weight"};
    for (const auto &field : task.fields()) {
        const auto path = split(field, '.');
        if (path.front() != "evidence" || path.size() == 1)
            continue;
        const bool names_family = path.size() > 2 && path[1] == "families";
        const auto &name = names_family ? path[2] : path[1];
        const auto &known = names_family ? families : members;
        if (std::ranges::find(known, name) == known.end())
            throw usage_error{"task " + spec.definition.name + ": a template names {{" + field + "}}, which " +
                                  p.rules->file + " never finds",
                              config::did_you_mean(name, known)};
    }
}

/// The answer that a family gives must be one.
void check_outcomes(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task) {
    if (!p.rules)
        return;
    for (const auto &family : p.rules->families) {
        if (!family.outcome || family.outcome->task != spec.definition.name)
            continue;
        const bool is_text = spec.definition.output.is_null() && family.outcome->output.is_string();
        const auto judged =
            task.judge(is_text ? family.outcome->output.get<std::string>() : family.outcome->output.dump());
        if (judged.cause != cause_kind::none)
            throw file_error{p.rules->file, family.line,
                             "family " + family.name + ": outcome.output is no answer of task " + spec.definition.name +
                                 ": " + (judged.findings.empty() ? "" : judged.findings.front().message),
                             "correct it, or the schema"};
    }
}

/// What write-back changes in the source's rows would be shown to the model.
void check_own_changes(const config::pipeline &p, const config::task_spec &spec,
                       const extraction::compiled_task &task) {
    const auto &choice = spec.definition.all_fields;
    if (p.writes_back() && p.source.kind == config::source_kind::sql && task.names_all_fields() &&
        choice.only.empty() && choice.except.empty())
        throw usage_error{"task " + spec.definition.name + ": {{all_fields}} may show what write_back changes",
                          "say which fields it stands for: all_fields: {only: [...]} or {except: [...]}"};
}

} // namespace

void check_task(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task) {
    check_prompt(spec, task);
    check_examples(spec, task);
    check_task_members(p, spec, task);
    check_copies(p, spec, task);
    check_own_changes(p, spec, task);
    check_evidence(p, spec, task);
    check_outcomes(p, spec, task);
}

} // namespace smelt::orchestrator
