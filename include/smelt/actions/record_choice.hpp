#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/items.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// Which records a command means: at most one of the two, else all.
struct record_choice {
    std::optional<std::vector<std::string>> keys;
    std::string where; ///< SQL over fields, output, score, status, skip_reason and key of a task's items

    [[nodiscard]] bool is_all() const { return !keys && where.empty(); }
};

/// What is to be asked again, of all tasks together.
struct asked_again {
    std::int64_t items = 0;
    std::int64_t dependents = 0; ///< that wait for their answers, and may be asked again, too
    std::int64_t kept = 0;       ///< answers that a person has judged, and that stay

    /// Tasks come in the order of the graph.
    void add(const store::items::asked_again &of_task);
};

/// Told what is to be asked again before that is kept.
using say_again = std::function<void(const asked_again &)>;

/// Items of one task.
struct chosen_items {
    store::task_row task;
    std::optional<std::vector<std::string>> keys; ///< nothing: all of them
};

/// What is meant of the tasks that the pipeline file names, or of the one given. Throws as chosen_keys.
std::vector<chosen_items> choose_items(db::connection &c, const store::pipeline_row &pipeline,
                                       std::optional<task_id> only, const record_choice &choice);

/// The keys that are meant of a task; nothing: all. Throws usage_error for keys that no record has, and for an
/// expression that PostgreSQL does not accept.
std::optional<std::vector<std::string>> chosen_keys(db::connection &c, const store::pipeline_row &pipeline,
                                                    task_id task, const record_choice &choice);

} // namespace smelt::actions
