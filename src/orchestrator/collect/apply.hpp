#pragma once

#include "result_lines.hpp"

#include "smelt/store/results.hpp"

#include <unordered_map>

namespace smelt::orchestrator {

/// What applying a batch's slices needs besides the slice.
struct apply_plan {
    const store::batch_row *batch = nullptr;
    std::shared_ptr<const loaded_version> version; ///< that its requests were made from
    retry_spec retry;
    bool is_late = false;                                     ///< its service is not waited for any longer
    std::unordered_map<std::int64_t, std::string> built_from; ///< by record, of a task that needs others
};

/// Applies a slice in one transaction, in which the SQL rules judge its answers as they are stored; one that PostgreSQL
/// refuses is halved until the line is found, which is stored as errored: unstorable. Returns the ledger after it. The
/// slice may be applied again when its outcome is not known.
store::ledger apply_slice(db::connection &c, const apply_plan &plan, settled_slice &slice);

} // namespace smelt::orchestrator
