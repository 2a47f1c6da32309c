#pragma once

#include "binaries.hpp"
#include "layout.hpp"

namespace smelt::db {

/// Whether a finished cluster is there.
bool cluster_exists(const layout &at);

/// Major version of the cluster, from its PG_VERSION.
int cluster_major(const layout &at);

/// Writes smelt.conf for this machine, and an empty local.conf when there is none.
void write_settings(const layout &at, const identity &who);

enum class contents { empty, database };

/// initdb into at.fresh, whatever an interrupted one left there is removed first. With contents::database it holds the
/// database "smelt". The caller renames it to at.data, so that a cluster is either whole or absent.
void make_cluster(const layout &at, const identity &who, const installation &programs, contents with);

} // namespace smelt::db
