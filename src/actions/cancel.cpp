#include "smelt/actions/cancel.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>

namespace smelt::actions {

cancel_plan plan_cancel_all(db::connection &c, const std::string &pipeline) {
    cancel_plan out;
    const auto name = find_pipeline(c, pipeline).name;
    db::transaction tx{c, {.read_only = true}};
    for (const auto &b : store::reports{tx}.batches(name, true))
        out[pipeline].push_back(b.id);
    return out;
}

cancel_plan plan_cancel(db::connection &c, const std::vector<std::string> &batches) {
    cancel_plan out;
    for (const auto &wanted : batches) {
        const auto id = find_batch(c, wanted).value;
        db::transaction tx{c, {.read_only = true}};
        const auto place = store::reports{tx}.place_of({id});
        if (place->state == "closed" || place->state == "abandoned")
            throw usage_error{"batch " + std::to_string(id) + " is " + place->state + " already",
                              "smelt batches --open lists those that can be cancelled"};
        auto &ids = out[place->pipeline];
        if (std::ranges::find(ids, id) == ids.end())
            ids.push_back(id);
    }
    return out;
}

std::map<std::string, config::pipeline> pipelines_of(db::connection &c, const cancel_plan &plan) {
    std::map<std::string, config::pipeline> out;
    for (const auto &[name, ids] : plan)
        out.emplace(name, load_named_pipeline(c, name));
    return out;
}

} // namespace smelt::actions
