#pragma once

#include "smelt/domain/usage.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace smelt::orchestrator {

/// What the requests of a synchronous service's batch may cost while it is asked: of those that are answered what they
/// did cost, of the others their ceilings. What is told of lines that were handed over may be asked in another thread.
class slice_budget {
  public:
    /// ceilings: of each request, in the order in which they may be sent.
    explicit slice_budget(const std::vector<picousd> &ceilings);

    /// A result line of the n-th request (from 1) follows those so far.
    void answered(std::int64_t n);
    /// What the first n may cost when the first `lines` result lines are in the tables and have cost `cost`; nothing:
    /// it is not known of all of them, and then nothing is released.
    [[nodiscard]] picousd charge(std::int64_t n, std::int64_t lines, std::optional<picousd> cost) const;
    /// How many of up to `wanted` may be sent for no more than `left`; never fewer than `sent`, which have been.
    [[nodiscard]] std::int64_t affordable(std::int64_t sent, std::int64_t wanted, picousd left, std::int64_t lines,
                                          std::optional<picousd> cost) const;

  private:
    std::vector<picousd> all_{0};      ///< of the first so many requests
    std::vector<picousd> answered_{0}; ///< of those that the first so many result lines belong to; never moves
    std::size_t lines_ = 0;
};

} // namespace smelt::orchestrator
