#include "smelt/actions/record_choice.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/rules.hpp"

#include <algorithm>

namespace smelt::actions {

void asked_again::add(const store::items::asked_again &of_task) {
    // Of those that wait, this task's may be some that are to be asked themselves.
    dependents = std::max<std::int64_t>(dependents - of_task.items, 0) + of_task.dependents;
    items += of_task.items;
    kept += of_task.kept;
}

std::optional<std::vector<std::string>> chosen_keys(db::connection &c, const store::pipeline_row &pipeline,
                                                    task_id task, const record_choice &choice) {
    if (!choice.where.empty())
        return store::keys_where(c, pipeline.id, task, choice.where);
    db::transaction tx{c, {.read_only = true}};
    check_keys(tx, pipeline, choice.keys);
    return choice.keys;
}

std::vector<chosen_items> choose_items(db::connection &c, const store::pipeline_row &pipeline,
                                       std::optional<task_id> only, const record_choice &choice) {
    std::vector<chosen_items> chosen;
    {
        db::transaction tx{c, {.read_only = true}};
        for (auto &task : store::catalog{tx}.tasks(pipeline.id))
            if (task.active && (!only || *only == task.id))
                chosen.push_back({std::move(task), std::nullopt});
    }
    for (auto &one : chosen)
        one.keys = chosen_keys(c, pipeline, one.task.id, choice);
    return chosen;
}

} // namespace smelt::actions
