#include "smelt/actions/redo.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

namespace smelt::actions {

redone redo_changed(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
                    const config::pipeline &file, const std::string &task, const orchestrator::progress_sink &report) {
    orchestrator::load(settings, file, {}, false, report);
    const auto only = find_task(c, pipeline, task);
    redone out;
    db::transaction tx{c};
    for (const auto &t : store::catalog{tx}.tasks(pipeline.id))
        if (!only || *only == t.id)
            out.items += store::items{tx}.redo_changed(pipeline.id, t.id);
    for (const auto &t : store::reports{tx}.status(pipeline.name))
        if (task.empty() || task == t.task)
            out.failed += t.failed + t.failed_validation;
    tx.commit();
    return out;
}

} // namespace smelt::actions
