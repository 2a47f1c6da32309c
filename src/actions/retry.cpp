#include "smelt/actions/retry.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/items.hpp"

namespace smelt::actions {

std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const record_choice &records) {
    std::vector<task_id> tasks;
    {
        db::transaction tx{c, {.read_only = true}};
        for (const auto &t : store::catalog{tx}.tasks(pipeline.id))
            if (t.active && (!task || *task == t.id))
                tasks.push_back(t.id);
    }
    std::vector<std::optional<std::vector<std::string>>> keys;
    keys.reserve(tasks.size());
    for (const auto t : tasks)
        keys.push_back(chosen_keys(c, pipeline, t, records));
    db::transaction tx{c};
    std::int64_t n = 0;
    for (std::size_t i = 0; i < tasks.size(); ++i)
        n += store::items{tx}.retry(pipeline.id, tasks[i], keys[i]);
    tx.commit();
    return n;
}

} // namespace smelt::actions
