#include "read.hpp"

#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::config {
namespace {

const task_spec *find(const std::vector<task_spec> &tasks, const std::string &name) {
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [&](const task_spec &t) { return t.definition.name == name; });
    return found == tasks.end() ? nullptr : &*found;
}

void check_needs_exist(const std::vector<task_spec> &tasks, const view &section) {
    for (const auto &task : tasks)
        for (const auto &need : task.needs) {
            if (find(tasks, need))
                continue;
            std::vector<std::string> others;
            for (const auto &other : tasks)
                if (other.definition.name != task.definition.name)
                    others.push_back(other.definition.name);
            section.at(task.definition.name)
                .at("needs")
                .fail("there is no task \"" + need + "\"", did_you_mean(need, others));
        }
}

/// "a needs b needs a", from the first task of the circle that the file names. Each of the tasks needs one of them.
std::string circle(const std::vector<task_spec> &tasks, const task_spec &start) {
    std::vector<std::string> path;
    const auto *at = &start;
    while (std::find(path.begin(), path.end(), at->definition.name) == path.end()) {
        path.push_back(at->definition.name);
        const auto next =
            std::ranges::find_if(at->needs, [&](const auto &need) { return find(tasks, need) != nullptr; });
        at = find(tasks, *next);
    }
    std::string text;
    for (auto step = std::find(path.begin(), path.end(), at->definition.name); step != path.end(); ++step)
        text += *step + " needs ";
    return text + at->definition.name;
}

} // namespace

std::vector<task_spec> in_order_of_needs(const std::vector<task_spec> &tasks, const view &section) {
    check_needs_exist(tasks, section);
    std::vector<task_spec> ordered;
    auto waiting = tasks;
    while (!waiting.empty()) {
        const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const task_spec &t) {
            return std::ranges::all_of(t.needs, [&](const auto &need) { return find(ordered, need) != nullptr; });
        });
        if (ready == waiting.end())
            section.at(waiting.front().definition.name)
                .at("needs")
                .fail("tasks need each other in a circle: " + circle(waiting, waiting.front()),
                      "remove one of the needs");
        ordered.push_back(*ready);
        waiting.erase(ready);
    }
    return ordered;
}

} // namespace smelt::config
