#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/extraction/compiled_task.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// What a text is worth as an answer.
struct judged_answer {
    std::string output; ///< JSON text
    std::vector<extraction::finding> findings;
    double score = 0;

    [[nodiscard]] bool is_valid() const;
};

/// Judges texts as answers of stored task versions in the way in which a model's are judged: repairs, schema, rules,
/// score. Used by one thread at a time.
class answer_judge {
  public:
    answer_judge();
    ~answer_judge();
    answer_judge(const answer_judge &) = delete;
    answer_judge &operator=(const answer_judge &) = delete;

    /// Rules see the fields of this record.
    judged_answer judge(db::connection &c, pipeline_id p, version_id v, record_id r, const std::string &text);
    const task_definition &definition(db::connection &c, version_id v);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace smelt::orchestrator
