#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/usage.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smelt::store {

/// Scores of the accepted answers of a task.
struct score_figures {
    std::int64_t answers = 0;
    std::int64_t current = 0; ///< of these, the ones that nothing has made out of date
    double mean = 0, least = 0, most = 0;
    std::array<std::int64_t, 10> tenths{}; ///< from 0 up to 0.1, …, from 0.9 up to 1
};

/// How the values of a part of the answers are distributed.
struct field_figures {
    std::int64_t values = 0;    ///< each element of a list counts by itself
    std::int64_t different = 0; ///< of these
    std::optional<double> mean; ///< nothing: not all are numbers
    double least = 0, most = 0;
    std::vector<std::pair<std::string, std::int64_t>> counts; ///< the most frequent values, or ranges of numbers
    bool are_ranges = false;

    /// There are more values than those counted.
    [[nodiscard]] bool is_cut() const { return !mean && different > static_cast<std::int64_t>(counts.size()); }
};

/// What one model was asked on a rung, and what that came to.
struct model_usage {
    int rung = 0;
    std::string provider, model;
    std::int64_t batches = 0, requests = 0, accepted = 0, rejected = 0, unanswered = 0;
    std::int64_t input = 0, cached = 0, output = 0, reasoning = 0; ///< tokens
    picousd cost = 0;                                              ///< as far as it is known
    std::int64_t unpriced = 0;                                     ///< requests whose cost is not
};

/// Answers that are nobody's result, and what they cost.
struct wasted_answers {
    std::int64_t invalid = 0, replaced = 0, failed = 0;
    picousd invalid_cost = 0, replaced_cost = 0, failed_cost = 0;
    std::int64_t unpriced = 0;             ///< of these answers, those whose cost is not known
    std::int64_t expired = 0, missing = 0; ///< requests
    std::int64_t duplicate_lines = 0, duplicate_jobs = 0;
};

struct rule_figures {
    std::string rule;
    std::int64_t failed = 0;   ///< answers that it found fault with
    std::int64_t accepted = 0; ///< of these, the ones that were accepted all the same
};

struct batch_figures {
    std::int64_t batches = 0;
    double mean = 0, least = 0, most = 0; ///< seconds from sending one to its last answer
    std::optional<double> per_second;     ///< answers, from the first sent to the last answered
};

/// Figures of one task for reports, over all its answers or those since a time (text of a timestamp).
class analysis {
  public:
    analysis(db::transaction &tx, pipeline_id p, task_id t, std::optional<std::string> since)
        : tx_{tx}, pipeline_{p}, task_{t}, since_{std::move(since)} {}

    score_figures scores();
    /// path: the member's names from the outside in; empty: the answer itself.
    field_figures field(const std::vector<std::string> &path);
    std::vector<model_usage> usage();
    wasted_answers waste();
    std::vector<rule_figures> rules();
    batch_figures batches();

  private:
    db::transaction &tx_;
    pipeline_id pipeline_;
    task_id task_;
    std::optional<std::string> since_;
};

} // namespace smelt::store
