#include "smelt/actions/retry.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

namespace smelt::actions {

std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const std::string &key) {
    db::transaction tx{c};
    if (!key.empty() && !store::reports{tx}.has_record(pipeline.id, key))
        throw usage_error{"pipeline " + pipeline.name + " has no record with the key " + key,
                          "smelt failures " + pipeline.name + " shows the keys"};
    const auto n = store::items{tx}.retry(pipeline.id, task, key);
    tx.commit();
    return n;
}

} // namespace smelt::actions
