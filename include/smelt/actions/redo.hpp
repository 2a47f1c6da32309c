#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/catalog.hpp"

#include <cstdint>
#include <string>

namespace smelt::actions {

struct redone {
    std::int64_t items = 0;  ///< that are pending again
    std::int64_t failed = 0; ///< that have no result, and are made pending again by retry only
};

/// Registers and loads `file`, so that an edit just made counts, then makes finished items pending whose task version
/// or record is not the current one; their results stay, marked superseded. task: a name, or empty for all.
redone redo_changed(const config::settings &settings, db::connection &c, const store::pipeline_row &pipeline,
                    const config::pipeline &file, const std::string &task, const orchestrator::progress_sink &report);

} // namespace smelt::actions
