#pragma once

#include "smelt/domain/usage.hpp"
#include "smelt/store/estimates.hpp"

#include <optional>
#include <vector>

namespace smelt::orchestrator {

/// What the batches of a task's current version have shown.
struct task_history {
    /// Of one model, and what its output cost.
    struct part {
        store::past_requests seen;
        std::optional<picousd> output_cost; ///< nothing: its price is not known
    };
    std::vector<part> parts;
    std::int64_t settled = 0;          ///< items that were asked and need nothing more
    std::optional<double> first_bytes; ///< of a request that was not one of a second try

    [[nodiscard]] bool empty() const { return settled == 0 || parts.empty(); }
};

/// What some items will probably come to.
struct forecast {
    double requests = 0; ///< retries included
    double input_tokens = 0;
    std::optional<double> output_tokens; ///< nothing: no answer was seen yet
    std::optional<picousd> cost;         ///< nothing: not known
    bool is_input_only = false;          ///< the cost is that of the input
    bool is_partly_unpriced = false;     ///< of some of the requests so far the cost is not known
};

/// Bytes of the requests of some items.
struct request_sizes {
    double mean = 0;
    double median = 0;
};

/// By the history: what an item has come to so far, retries and rungs included, its input in proportion to the bytes.
/// What is asked again is taken for one of ordinary size (the median): a single huge record is seldom the one.
/// Without a history: a token is four bytes, and of the output nothing is known.
/// sizes: of a request of these items; nothing: as before.
forecast expect(const task_history &history, double items, const std::optional<request_sizes> &sizes,
                const std::optional<price> &per_token);

/// How many seconds it takes when so many requests go out in so many batches, at most `open` at once; nothing: no batch
/// has shown it yet. first: whether a first batch goes alone.
std::optional<double> how_long(const store::past_pace &pace, double requests, std::int64_t batches, std::int64_t open,
                               bool first);

} // namespace smelt::orchestrator
