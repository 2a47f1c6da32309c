#include "smelt/actions/redo.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

std::vector<store::task_row> chosen_tasks(db::connection &c, const store::pipeline_row &pipeline,
                                          const std::string &task) {
    const auto only = find_task(c, pipeline, task);
    db::transaction tx{c, {.read_only = true}};
    auto tasks = store::catalog{tx}.tasks(pipeline.id);
    std::erase_if(tasks, [&](const auto &t) { return !t.active || (only && *only != t.id); });
    return tasks;
}

std::int64_t skipped_of(db::connection &c, const store::pipeline_row &pipeline) {
    std::int64_t skipped = 0;
    db::transaction tx{c, {.read_only = true}};
    for (const auto &t : store::reports{tx}.status(pipeline.name))
        skipped += t.skipped;
    return skipped;
}

/// Conditions are evaluated by the next run, filters by the load before.
redone look_again(db::connection &c, const store::pipeline_row &pipeline, const std::string &task,
                  std::int64_t skipped_before) {
    const auto tasks = chosen_tasks(c, pipeline, task);
    {
        db::transaction tx{c};
        for (const auto &t : tasks)
            if (!t.condition.empty() || !t.needs.empty())
                store::graph{tx}.reconsider(pipeline.id, t.id);
        tx.commit();
    }
    redone out;
    out.unskipped = std::max<std::int64_t>(0, skipped_before - skipped_of(c, pipeline));
    return out;
}

} // namespace

redone redo(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
            const config::pipeline &file, const redo_choice &choice, const orchestrator::progress_sink &report) {
    const auto skipped_before = skipped_of(c, pipeline);
    orchestrator::load(settings, file, {{}, false, choice.skipped}, report);
    if (choice.skipped)
        return look_again(c, pipeline, choice.task, skipped_before);
    redone out;
    const auto tasks = chosen_tasks(c, pipeline, choice.task);
    std::vector<std::optional<std::vector<std::string>>> keys;
    keys.reserve(tasks.size());
    for (const auto &t : tasks)
        keys.push_back(chosen_keys(c, pipeline, t.id, choice.records));
    db::transaction tx{c};
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const auto done = store::items{tx}.redo(pipeline.id, tasks[i].id, choice.changed_only, keys[i]);
        // Of those that wait, this task may be one that is to be asked itself.
        out.dependents = std::max<std::int64_t>(out.dependents - done.items, 0) + done.dependents;
        out.items += done.items;
    }
    for (const auto &t : store::reports{tx}.status(pipeline.name))
        if (choice.task.empty() || choice.task == t.task)
            out.failed += t.failed + t.failed_validation;
    tx.commit();
    return out;
}

} // namespace smelt::actions
