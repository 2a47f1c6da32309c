#include "smelt/actions/retry.hpp"

#include "smelt/store/items.hpp"

namespace smelt::actions {

std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const record_choice &records) {
    const auto chosen = choose_items(c, pipeline, task, records);
    db::transaction tx{c};
    std::int64_t n = 0;
    for (const auto &one : chosen)
        n += store::items{tx}.retry(pipeline.id, one.task.id, one.keys);
    tx.commit();
    return n;
}

} // namespace smelt::actions
