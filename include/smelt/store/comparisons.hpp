#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// An answer, and what it should be.
struct compared_answer {
    std::int64_t record = 0;
    std::string key, output; ///< output: JSON
    double score = 0;
    std::string part;                        ///< the field by which answers are divided
    std::optional<std::string> right_output; ///< where the database knows it
};

/// Answers of one pipeline beside what they are compared with.
class comparisons {
  public:
    comparisons(db::transaction &tx, pipeline_id p) : tx_{tx}, pipeline_{p} {}

    /// As smelt_functions.normalised has them.
    std::vector<std::string> normalised(const std::vector<std::string> &texts);
    /// Records by place; nothing: there is none.
    std::vector<std::optional<std::int64_t>> by_key(const std::vector<std::string> &keys);
    /// field: of the records; texts: normalised.
    std::vector<std::optional<std::int64_t>> by_text(const std::string &field, const std::vector<std::string> &texts);
    /// Of those that have one. part: the field by which they are divided; empty: they are not.
    std::vector<compared_answer> answers(task_id t, const std::vector<std::int64_t> &records, const std::string &part);

    /// Calls each for answers that people have looked at, and for records that both tasks have answered: `output` is
    /// the second's.
    using each_answer = std::function<void(const compared_answer &)>;
    void reviewed(task_id t, const std::string &part, const each_answer &each);
    void both(task_id first, task_id second, const std::string &part, const each_answer &each);

  private:
    db::transaction &tx_;
    pipeline_id pipeline_;
};

} // namespace smelt::store
