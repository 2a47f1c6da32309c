#include "smelt/actions/retry.hpp"

#include "smelt/store/items.hpp"

namespace smelt::actions {

asked_again retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                  const record_choice &records, const say_again &say) {
    const auto chosen = choose_items(c, pipeline, task, records);
    db::transaction tx{c};
    asked_again all;
    for (const auto &one : chosen)
        all.add(store::items{tx}.retry(pipeline.id, one.task.id, one.keys));
    say(all);
    tx.commit();
    return all;
}

} // namespace smelt::actions
