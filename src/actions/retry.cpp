#include "smelt/actions/retry.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/items.hpp"

namespace smelt::actions {

std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const std::optional<std::vector<std::string>> &keys) {
    db::transaction tx{c};
    check_keys(tx, pipeline, keys);
    const auto n = store::items{tx}.retry(pipeline.id, task, keys);
    tx.commit();
    return n;
}

} // namespace smelt::actions
