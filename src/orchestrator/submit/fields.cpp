#include "fields.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

[[noreturn]] void fail(const registered_pipeline &p, const registered_task &task, const std::string &named,
                       const std::string &hint) {
    throw file_error{
        p.config->file.string(), task.spec->line,
        fmt::format("task {}: {}, which no record has; nothing was sent", task.spec->definition.name, named), hint};
}

void check_task(db::transaction &tx, const registered_pipeline &p, const registered_task &task) {
    std::vector<std::string> names;
    const auto &texts = p.config->source.text_file; // there may be no file yet
    for (const auto &field : task.ready->task.required_fields()) {
        const auto top = field.substr(0, field.find('.'));
        const bool is_beside = (top == "tasks" && !task.needs.empty()) || (top == "evidence" && p.config->rules);
        if (!is_beside && !(texts && field == texts->field))
            names.push_back(field);
    }
    store::catalog catalog{tx};
    if (const auto absent = catalog.absent_fields(p.id, names); !absent.empty())
        fail(p, task, "a template names {{" + absent.front() + "}}",
             "correct the name, or guard it with {{#field}} ... {{/field}} when it is optional");
    const auto &choice = task.ready->task.definition().all_fields;
    for (auto list : {choice.only, choice.except}) {
        std::erase_if(list, [&](const auto &name) { return texts && name == texts->field; });
        if (const auto absent = catalog.absent_fields(p.id, list); !absent.empty())
            fail(p, task, "all_fields names " + absent.front(), "correct the name, or remove it");
    }
}

/// A pack that looks at a field that no record has finds nothing, and would let everything pass.
void check_rule_pack(db::transaction &tx, const registered_pipeline &p) {
    const auto &pack = *p.config->rules;
    const auto absent = store::catalog{tx}.absent_fields(p.id, pack.fields());
    if (absent.empty())
        return;
    const auto family = std::ranges::find_if(pack.families, [&](const config::rule_family &f) {
        return std::ranges::find(f.fields, absent.front()) != f.fields.end();
    });
    throw file_error{pack.file, family->line,
                     fmt::format("family {} looks for its patterns in the field {}, which no record has; nothing was "
                                 "sent",
                                 family->name, absent.front()),
                     "correct the name in fields"};
}

} // namespace

void check_fields(db::transaction &tx, const registered_pipeline &p) {
    for (const auto &task : p.tasks)
        check_task(tx, p, task);
    if (p.config->rules)
        check_rule_pack(tx, p);
}

} // namespace smelt::orchestrator
