#pragma once

#include "smelt/actions/record_choice.hpp"
#include "smelt/config/pipeline.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// Which finished items are asked again.
struct redo_choice {
    std::string task;              ///< empty: of all tasks
    bool changed_only = false;     ///< only those whose task version or record is not the current one
    bool replace_reviewed = false; ///< also answers that a person has judged
    bool skipped = false;          ///< instead: filters and conditions are evaluated again for what they have skipped
    record_choice records;
};

struct redone {
    asked_again again;
    std::int64_t failed =
        0; ///< that have no result, and are made pending again by retry only; of a choice: not counted
    /// With `skipped`: items that are not skipped any more, or are looked at by the next run.
    std::int64_t unskipped = 0;
};

/// Registers and loads `file`, so that an edit just made counts, then makes finished items pending; their results stay,
/// marked superseded. say comes before anything of that is kept; not with `skipped`. Throws usage_error for keys that
/// no record has.
redone redo(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
            const config::pipeline &file, const redo_choice &choice, const say_again &say,
            const orchestrator::progress_sink &report);

} // namespace smelt::actions
