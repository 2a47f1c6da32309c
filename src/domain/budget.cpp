#include "smelt/domain/budget.hpp"

#include <algorithm>
#include <array>

namespace smelt {
namespace {

constexpr std::array<std::string_view, 4> names{"invocation", "day", "month", "total"};

} // namespace

std::string_view to_string(budget_period value) {
    const auto index = static_cast<std::size_t>(value);
    return index < names.size() ? names[index] : "invalid";
}

std::optional<budget_period> budget_period_named(std::string_view word) {
    const auto *found = std::ranges::find(names, word);
    if (found == names.end())
        return std::nullopt;
    return static_cast<budget_period>(found - names.begin());
}

picousd budget_use::left() const {
    return is_unbounded ? 0 : std::max<picousd>(0, limit - spent - reserved - building);
}

budget_state state_of(const budget_use &use, picousd wanted) {
    wanted = std::max<picousd>(1, wanted);
    if (wanted > use.limit)
        return budget_state::too_small;
    if (wanted > use.limit - use.spent)
        return budget_state::used_up;
    return wanted > use.left() ? budget_state::waits : budget_state::has_room;
}

bool needs_person(budget_state state, budget_period per) {
    return state == budget_state::too_small || (state == budget_state::used_up && per == budget_period::total);
}

} // namespace smelt
