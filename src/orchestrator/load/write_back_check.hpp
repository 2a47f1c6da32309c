#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"

namespace smelt::orchestrator {

/// Tries each write-back statement of the pipeline against an empty relation `rows`. Throws file_error for what is no
/// single SELECT, INSERT, UPDATE, DELETE or MERGE, and for what PostgreSQL does not accept.
void check_write_back(db::connection &c, const config::pipeline &p);

} // namespace smelt::orchestrator
