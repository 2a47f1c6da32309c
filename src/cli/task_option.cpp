#include "task_option.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::cli {

void check_task(const std::string &task, const std::vector<config::pipeline> &pipelines) {
    std::vector<std::string> known;
    for (const auto &p : pipelines)
        for (const auto &t : p.tasks)
            known.push_back(t.definition.name);
    if (!task.empty() && std::ranges::find(known, task) == known.end())
        throw usage_error{"--task: there is no task called " + task, config::did_you_mean(task, known)};
}

} // namespace smelt::cli
