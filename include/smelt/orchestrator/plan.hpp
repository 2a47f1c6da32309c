#pragma once

#include "smelt/orchestrator/run.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smelt::orchestrator {

/// What a run would send of one rung of a task, and what that comes to.
struct task_plan {
    std::string task, model, provider;
    int rung = 0;                          ///< of the task's ladder; others than 0 only when there is something to send
    bool falls_back = false;               ///< they are too few for a batch: the fallback is asked
    std::int64_t in_flight = 0;            ///< items that are at the provider; what they cost is not in the figures
    std::int64_t claimable = 0;            ///< items that could be sent now, or after a pause
    std::int64_t may_follow = 0;           ///< items that wait for other tasks, at most so many of which follow
    std::optional<double> follow;          ///< how many probably do; nothing: not known
    std::int64_t batches = 0;              ///< for what can be sent now
    std::int64_t first_batch = 0;          ///< requests of the batch whose answers are waited for first; 0: none is
    std::int64_t open_batches = 0;         ///< at most so many at once; 0: there is no such limit
    std::int64_t looked_at = 0;            ///< items whose requests were rendered for this
    std::int64_t bytes_per_request = 0;    ///< mean of these
    double requests = 0, input_tokens = 0; ///< probably, retries and what follows included
    std::optional<double> output_tokens;   ///< nothing: not known before the first answers
    std::optional<picousd> expected;       ///< cost; nothing: not known
    bool is_input_only = false;            ///< `expected` is what the input costs
    bool is_partly_unpriced = false;       ///< of some of the requests so far the cost is not known
    bool is_follow_known = true;           ///< false: of what follows nothing is in the figures
    std::optional<picousd> synchronous;    ///< the same at a synchronous service's prices; nothing: not known, or it is
    std::optional<picousd> at_most;        ///< each answer as long as allowed, each item asked as often as allowed
    std::string no_price, no_limit;        ///< why there is no cost, or no `at_most`
    std::optional<double> seconds;         ///< nothing: no batch has shown it yet
    std::int64_t too_long = 0;             ///< records that exceed the model's context
    std::vector<std::string> too_long_keys; ///< of some of them
    std::vector<std::string> holds;
    std::string request; ///< one rendered request line; empty when nothing is claimable
};

struct pipeline_plan {
    std::string pipeline;
    std::vector<task_plan> tasks;
    std::vector<std::pair<std::string, std::int64_t>> filtered; ///< records, by the filter that removed them
    std::vector<std::string> budgets;                           ///< a sentence about each that applies

    /// Sums; nothing where a part is not known.
    [[nodiscard]] std::optional<picousd> expected() const;
    [[nodiscard]] std::optional<picousd> at_most() const;
};

/// What `run` with these options would send. Loads and registers first, and decides what waits; sends nothing and reads
/// no lists of web services.
pipeline_plan plan(const config::settings &settings, const config::pipeline &p, const run_options &options);

} // namespace smelt::orchestrator
