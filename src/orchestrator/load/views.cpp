#include "views.hpp"

#include "smelt/store/catalog.hpp"
#include "smelt/store/typed_views.hpp"

namespace smelt::orchestrator {
namespace {

bool has_whole_keys(db::connection &c, const std::string &pipeline) {
    db::transaction tx{c, {.read_only = true}};
    const auto row = store::catalog{tx}.find_pipeline(pipeline);
    return row && row->whole_keys;
}

} // namespace

std::vector<std::string> rebuild_views(db::connection &c, const registered_pipeline &p) {
    const bool with_number = has_whole_keys(c, p.config->name);
    std::vector<std::string> notes;
    for (const auto &task : p.tasks) {
        const auto &definition = task.ready->task.definition();
        if (definition.model_override)
            continue;
        auto note = store::rebuild_view(c, {p.config->name, definition.name, p.id, task.id, with_number},
                                        extraction::output_columns(definition));
        if (!note.empty())
            notes.push_back(std::move(note));
    }
    return notes;
}

} // namespace smelt::orchestrator
