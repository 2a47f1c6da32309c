#include "read.hpp"

#include "smelt/config/expression.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::config {
namespace {

void check_condition(const view &at, const task_spec &task, const std::vector<task_spec> &tasks) {
    if (!members_of(task.when, "output").empty())
        at.fail("a condition sees `fields` and `tasks`, not `output`",
                task.needs.empty() ? std::string{"a condition is evaluated before anything is sent"}
                                   : "write tasks->'" + task.needs.front() + "'->'member'");
    for (const auto &path : members_of(task.when, "tasks")) {
        if (std::ranges::find(task.needs, path.front()) == task.needs.end())
            at.fail("it looks at the answers of task \"" + path.front() + "\", which this task does not need",
                    task.needs.empty() ? "add needs: " + path.front() : did_you_mean(path.front(), task.needs));
        const auto needed = std::ranges::find(tasks, path.front(), [](const auto &t) { return t.definition.name; });
        const member_path member{path.begin() + 1, path.end()};
        if (const auto wrong = why_impossible(needed->definition.output, member); wrong && !member.empty())
            at.fail(wrong->message + " of task " + path.front(), wrong->hint);
    }
}

} // namespace

void check_conditions(const std::vector<task_spec> &tasks, const view &section) {
    for (const auto &task : tasks)
        if (!task.when.empty())
            check_condition(section.at(task.definition.name).at("when"), task, tasks);
}

} // namespace smelt::config
