#pragma once

#include "load_plan.hpp"
#include "query_staging.hpp"

#include "smelt/store/fetches.hpp"
#include "smelt/store/records.hpp"

namespace smelt::orchestrator {

/// Records that were fetched from a web service, on their way into the staging table: the entries of its lists with
/// what there is about each. One that is not fetched whole is incomplete.
staged_query stage_fetched(store::records &records, db::connection &rules, const registered_pipeline &p,
                           const load_plan &plan, run_pass &pass);

} // namespace smelt::orchestrator
