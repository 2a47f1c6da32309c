#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/task_definition.hpp"

#include <optional>
#include <string>

namespace smelt::orchestrator {

/// More than any budget; two of them can be added up.
inline constexpr picousd most_picousd = 4'000'000'000'000'000'000;

/// The most that the requests of one rung of a task may cost: what a budget reserves. Input: as many tokens as
/// bytes until it is known how many this task has per byte, then one and a half times as many as were seen at most.
/// Output: what the request allows, thinking included. Pure.
class request_ceilings {
  public:
    /// sent: what is asked on the rung, expanded. tokens_per_byte: the most that was seen; nothing: nothing was.
    request_ceilings(const config::provider_spec &asked, const task_definition &sent,
                     std::optional<double> tokens_per_byte);

    /// Why there is no ceiling, for the user; empty: there is one.
    [[nodiscard]] const std::string &unknown() const { return unknown_; }
    [[nodiscard]] const std::string &hint() const { return hint_; }
    /// Of a request line of so many bytes, after so many answers that were cut at the token limit. Only when it is
    /// known.
    [[nodiscard]] picousd of(std::int64_t bytes, int cuts) const;
    /// Of the smallest request that there could be.
    [[nodiscard]] picousd least() const { return of(1, 0); }

  private:
    std::string unknown_, hint_;
    price price_;
    double tokens_per_byte_ = 0;
    std::int64_t output_ = 0; ///< tokens
    std::int64_t most_ = 0;   ///< the same when it is doubled
    bool doubles_ = false;
};

} // namespace smelt::orchestrator
