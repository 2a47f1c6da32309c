#include "fields.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/catalog.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

void check_task(db::transaction &tx, const registered_pipeline &p, const registered_task &task) {
    std::vector<std::string> names;
    for (const auto &field : task.ready->task.required_fields())
        if (task.needs.empty() || field.substr(0, field.find('.')) != "tasks")
            names.push_back(field);
    const auto absent = store::catalog{tx}.absent_fields(p.id, names);
    if (!absent.empty())
        throw file_error{p.config->file.string(), task.spec->line,
                         fmt::format("task {}: a template names {{{{{}}}}}, which no record has; nothing was sent",
                                     task.spec->definition.name, absent.front()),
                         "correct the name, or guard it with {{#field}} ... {{/field}} when it is optional"};
}

} // namespace

void check_fields(db::transaction &tx, const registered_pipeline &p) {
    for (const auto &task : p.tasks)
        check_task(tx, p, task);
}

} // namespace smelt::orchestrator
