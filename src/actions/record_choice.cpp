#include "smelt/actions/record_choice.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/store/rules.hpp"

namespace smelt::actions {

std::optional<std::vector<std::string>> chosen_keys(db::connection &c, const store::pipeline_row &pipeline,
                                                    task_id task, const record_choice &choice) {
    if (!choice.where.empty())
        return store::keys_where(c, pipeline.id, task, choice.where);
    db::transaction tx{c, {.read_only = true}};
    check_keys(tx, pipeline, choice.keys);
    return choice.keys;
}

} // namespace smelt::actions
