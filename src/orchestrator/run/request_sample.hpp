#pragma once

#include "orchestrator/pipelines.hpp"

#include "smelt/orchestrator/estimate.hpp"
#include "smelt/provider/dialect.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// Some requests of a task as they would be sent.
struct request_sample {
    std::vector<double> bytes;                  ///< of each
    std::int64_t too_long = 0;                  ///< that exceed the model's context, as far as it is known
    std::vector<std::int64_t> too_long_records; ///< some of these
    std::string first;                          ///< one of them, whole

    [[nodiscard]] std::optional<request_sizes> sizes();
};

/// Which items are looked at: all that may be sent, or a random choice where there are very many.
struct request_sample_choice {
    int rung = 0; ///< of the items
    std::int64_t claimable = 0;
    std::optional<std::int64_t> sample; ///< --sample
    std::int64_t seed = 0;
};

/// Renders them as the encoder writes them; `sent` is what is asked, expanded.
request_sample render_sample(db::transaction &tx, pipeline_id p, const registered_task &task,
                             const task_definition &sent, const provider::line_encoder &encoder,
                             const request_sample_choice &choice);

} // namespace smelt::orchestrator
