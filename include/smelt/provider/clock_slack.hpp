#pragma once

#include <chrono>

namespace smelt::provider {

/// How far a provider's clock and ours, and the dates in its listings, may lie apart. Whoever looks back into a listing
/// and whoever draws conclusions from what is not in it must allow for the same.
inline constexpr std::chrono::minutes clock_slack{10};

} // namespace smelt::provider
