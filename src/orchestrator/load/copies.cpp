#include "copies.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/expression.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Fields that are equal in all copies, or that do not matter. None where `by` does not name them one by one.
std::vector<std::string> shared_fields(const config::dedupe_spec &dedupe) {
    auto names = dedupe.ignore;
    for (const auto &path : config::members_of(dedupe.by, "fields"))
        names.push_back(config::to_text(path));
    return names;
}

/// meta.title is part of meta.
bool is_shared(const std::string &field, const std::vector<std::string> &shared) {
    return std::ranges::any_of(shared,
                               [&](const std::string &name) { return field == name || field.starts_with(name + "."); });
}

void check_field(const std::string &place, const std::string &field, const std::vector<std::string> &shared) {
    if (!is_shared(field, shared))
        throw usage_error{place + " names the field " + field +
                              ", in which records may differ that dedupe.by takes for "
                              "equal: only one of them would be asked",
                          "name the field in dedupe.by, or say that it does not matter: dedupe: {ignore: [" + field +
                              "]}"};
}

/// Whether what is asked, or what comes of an answer, depends on what a rule pack has found.
bool uses_evidence(const config::task_spec &spec, const extraction::compiled_task &task) {
    const auto names_it = [](const std::string &sql) { return sql.find("evidence") != std::string::npos; };
    return std::ranges::any_of(task.fields(), names_it) || names_it(spec.when) ||
           std::ranges::any_of(spec.definition.rules, names_it, &rule::check);
}

} // namespace

void check_copies(const config::pipeline &p, const config::task_spec &spec, const extraction::compiled_task &task) {
    if (!p.dedupe || config::members_of(p.dedupe->by, "fields").empty())
        return;
    const auto shared = shared_fields(*p.dedupe);
    const auto name = "task " + spec.definition.name;
    for (const auto &field : task.fields()) {
        const auto top = field.substr(0, field.find('.'));
        if ((spec.needs.empty() || top != "tasks") && !(p.rules && top == "evidence"))
            check_field(name + ": a template", field, shared);
    }
    if (p.rules && (p.is_ruled(spec) || uses_evidence(spec, task)))
        for (const auto &field : p.rules->fields())
            check_field(name + ": the rule pack", field, shared);
    const auto &all_fields = spec.definition.all_fields;
    if (task.names_all_fields() && all_fields.only.empty())
        throw usage_error{name + ": {{#all_fields}} shows fields in which records may differ that dedupe.by takes for "
                                 "equal",
                          "name those that it shows: all_fields: {only: [...]}"};
    if (task.names_all_fields())
        for (const auto &field : all_fields.only)
            check_field(name + ": all_fields", field, shared);
    for (const auto &rule : spec.definition.rules)
        for (const auto &path : config::members_of(rule.check, "fields"))
            check_field(name + ": the rule " + rule.name, config::to_text(path), shared);
    for (const auto &path : config::members_of(spec.when, "fields"))
        check_field(name + ": when", config::to_text(path), shared);
}

} // namespace smelt::orchestrator
