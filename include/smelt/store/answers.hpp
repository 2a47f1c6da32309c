#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>

namespace smelt::store {

/// How the latest answers of a task version came out.
struct recent_answers {
    std::int64_t answers = 0;
    std::int64_t failed = 0; ///< rejected, or an error of the provider instead of an answer
};

/// How far a task version has come.
struct version_progress {
    std::int64_t answers = 0;
    std::int64_t unfinished_batches = 0;
};

/// What a task version's batches say about it. Read off the ledger, so it costs as little with a million items.
class answers {
  public:
    explicit answers(db::transaction &tx) : tx_{tx} {}

    /// Those of its newest batches that together have at least `at_least` answers, or of all when there are fewer.
    /// Batches from before the task's circuit breaker was lifted do not count.
    recent_answers recent(task_id t, version_id v, int rung, std::int64_t at_least);
    version_progress progress(task_id t, version_id v);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
