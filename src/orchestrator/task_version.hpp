#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/store/rules.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace smelt::orchestrator {

/// A stored task version made ready: what an open batch is judged by, whatever the pipeline file says today.
struct loaded_version {
    explicit loaded_version(task_definition definition);
    extraction::compiled_task task;
    std::vector<store::expression> rules;
};

/// Loads and compiles each stored version once. Thread safe.
class version_cache {
  public:
    std::shared_ptr<const loaded_version> get(db::connection &c, version_id v);

  private:
    std::mutex mutex_;
    std::map<version_id, std::shared_ptr<const loaded_version>> versions_;
};

} // namespace smelt::orchestrator
