#include "smelt/actions/redo.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

std::int64_t skipped_of(db::connection &c, const store::pipeline_row &pipeline) {
    std::int64_t skipped = 0;
    db::transaction tx{c, {.read_only = true}};
    for (const auto &t : store::reports{tx}.status(pipeline.name))
        skipped += t.skipped;
    return skipped;
}

/// Conditions are evaluated by the next run, filters by the load before.
redone look_again(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> only,
                  std::int64_t skipped_before) {
    const auto chosen = choose_items(c, pipeline, only, {});
    {
        db::transaction tx{c};
        for (const auto &[task, unused] : chosen)
            if (!task.condition.empty() || !task.needs.empty())
                store::graph{tx}.reconsider(pipeline.id, task.id);
        tx.commit();
    }
    redone out;
    out.unskipped = std::max<std::int64_t>(0, skipped_before - skipped_of(c, pipeline));
    return out;
}

} // namespace

redone redo(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
            const config::pipeline &file, const redo_choice &choice, const say_again &say,
            const orchestrator::progress_sink &report) {
    const auto skipped_before = skipped_of(c, pipeline);
    orchestrator::load(settings, file, {{}, false, choice.skipped}, report);
    const auto only = find_task(c, pipeline, choice.task);
    if (choice.skipped)
        return look_again(c, pipeline, only, skipped_before);
    redone out;
    const auto chosen = choose_items(c, pipeline, only, choice.records);
    db::transaction tx{c};
    for (const auto &[task, keys] : chosen)
        out.again.add(
            store::items{tx}.redo(pipeline.id, task.id, {keys, choice.changed_only, choice.replace_reviewed}));
    for (const auto &t : store::reports{tx}.status(pipeline.name))
        if (choice.records.is_all() && (choice.task.empty() || choice.task == t.task))
            out.failed += t.failed + t.failed_validation;
    say(out.again);
    tx.commit();
    return out;
}

} // namespace smelt::actions
