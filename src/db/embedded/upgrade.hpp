#pragma once

#include "cluster.hpp"

namespace smelt::db {

/// Moves the stopped cluster to the newest installed major version; does nothing when it has that one. The old cluster
/// becomes at.old. Throws unavailable when pg_upgrade refuses (nothing is changed then), usage_error when an earlier
/// at.old is in the way.
void upgrade_cluster(const layout &at, const identity &who);

/// Ends an upgrade that was interrupted between its two renames.
void finish_upgrade(const layout &at);

} // namespace smelt::db
