#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace smelt::store {

/// The process as other processes of the same host can check it.
struct process_identity {
    std::string host;
    std::string boot_id;
    int pid = 0;
    std::int64_t pid_start = 0; ///< clock ticks since boot: tells a reused pid apart
    std::string pid_namespace;  ///< a pid means nothing outside of it; empty: not known
};

struct runner_row {
    runner_id id;
    process_identity process;
};

/// Leases of invocations. A lease that has run out, or whose process is gone, frees every batch that names it.
class runners {
  public:
    explicit runners(db::transaction &tx) : tx_{tx} {}

    /// Throws usage_error where nothing may run any more: the database was moved, or is another program's.
    runner_id begin(const process_identity &who, std::chrono::milliseconds lease);
    /// False when the runner was ended by somebody else: stop working.
    bool renew(runner_id r, std::chrono::milliseconds lease);
    void end(runner_id r);
    /// Not ended, same host, boot and PID namespace: the caller looks which of them still live. None when the
    /// namespace is not known.
    std::vector<runner_row> of_host(const process_identity &me);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
