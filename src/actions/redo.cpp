#include "smelt/actions/redo.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>

namespace smelt::actions {

redone redo(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
            const config::pipeline &file, const redo_choice &choice, const orchestrator::progress_sink &report) {
    orchestrator::load(settings, file, {}, false, report);
    const auto only = find_task(c, pipeline, choice.task);
    redone out;
    db::transaction tx{c};
    check_keys(tx, pipeline, choice.keys);
    for (const auto &t : store::catalog{tx}.tasks(pipeline.id)) {
        if (!t.active || (only && *only != t.id))
            continue;
        const auto done = store::items{tx}.redo(pipeline.id, t.id, choice.changed_only, choice.keys);
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
