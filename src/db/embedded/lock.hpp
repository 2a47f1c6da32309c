#pragma once

#include "layout.hpp"

namespace smelt::db {

/// Excludes other processes from making, starting, stopping or upgrading the cluster; waits for its turn. The system
/// lets go of it when the process dies.
class cluster_lock {
  public:
    explicit cluster_lock(const layout &at);
    ~cluster_lock();
    cluster_lock(const cluster_lock &) = delete;
    cluster_lock &operator=(const cluster_lock &) = delete;

  private:
    int descriptor_;
};

} // namespace smelt::db
