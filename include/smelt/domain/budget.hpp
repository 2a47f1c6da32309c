#pragma once

#include "smelt/domain/usage.hpp"

#include <optional>
#include <string_view>

namespace smelt {

/// For how long an amount of money is meant. Days and months are those of UTC, by when a batch was begun.
enum class budget_period { invocation, day, month, total };

std::string_view to_string(budget_period value);
std::optional<budget_period> budget_period_named(std::string_view word);

/// How much of a budget is used. A batch counts for what it may cost until it is closed and its cost is known.
struct budget_use {
    budget_period per = budget_period::total;
    picousd limit = 0;
    picousd spent = 0;         ///< by batches that are closed
    picousd reserved = 0;      ///< by unfinished ones
    picousd building = 0;      ///< by those being built: all that is left, until it is known what they need
    bool is_unbounded = false; ///< of some unfinished batches nobody has said what they may cost

    /// What another batch may cost.
    [[nodiscard]] picousd left() const;
};

enum class budget_state {
    has_room,
    waits,     ///< there will be room when unfinished batches have ended
    used_up,   ///< there will be none, however little they cost
    too_small, ///< even if nothing were spent
};

/// Whether something that may cost `wanted` has room.
budget_state state_of(const budget_use &use, picousd wanted);

/// Nothing but a person ends it: the amount is for ever, or too small for a single request.
bool needs_person(budget_state state, budget_period per);

} // namespace smelt
