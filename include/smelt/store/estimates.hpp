#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/usage.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smelt::store {

/// What the requests to one model have come to, by the batches of a task version.
struct past_requests {
    int rung = 0;
    std::string model;
    std::int64_t requests = 0, accepted = 0; ///< that were answered
    std::int64_t input = 0, output = 0;      ///< tokens
    picousd cost = 0;
    std::int64_t unpriced = 0; ///< requests whose cost is not known
};

/// How fast the last batches of a task were.
struct past_pace {
    std::optional<double> per_second; ///< answers
    std::optional<double> turnaround; ///< seconds from sending a batch to its last answer
};

/// What past batches say about those to come.
class estimates {
  public:
    explicit estimates(db::transaction &tx) : tx_{tx} {}

    /// The most input tokens per byte of request that a batch of the task has had from this model; nothing: none was
    /// answered whole yet.
    std::optional<double> tokens_per_byte(task_id t, const std::string &model);
    std::vector<past_requests> history(task_id t, version_id v);
    /// Mean bytes of a request that was not one of a second try.
    std::optional<double> first_bytes(task_id t, version_id v);
    past_pace pace(task_id t);
    /// Records that each filter has removed. Reads all records.
    std::vector<std::pair<std::string, std::int64_t>> filtered(pipeline_id p);
    /// Items of a task that its `when` has refused. Reads all of them.
    std::int64_t refused(pipeline_id p, task_id t);
    std::vector<std::string> keys(pipeline_id p, const std::vector<std::int64_t> &records);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
