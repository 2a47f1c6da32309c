#include "task_version.hpp"

#include "smelt/store/catalog.hpp"

namespace smelt::orchestrator {

loaded_version::loaded_version(task_definition definition) : task{std::move(definition)} {
    for (const auto &rule : task.definition().rules)
        rules.push_back({rule.name, rule.check});
}

std::shared_ptr<const loaded_version> version_cache::get(db::connection &c, version_id v) {
    const std::scoped_lock lock{mutex_};
    auto &slot = versions_[v];
    if (!slot) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        slot =
            std::make_shared<const loaded_version>(definition_from_json(json::parse(store::catalog{tx}.definition(v))));
    }
    return slot;
}

} // namespace smelt::orchestrator
