#pragma once

#include "context.hpp"

#include <set>

namespace smelt::orchestrator {

/// For services whose listing shows neither nonces nor files (lookup::count_and_time). Jobs that this database does not
/// know and that have as many requests as one of `wanted` (numbers of requests) are looked into: the first line of
/// their results gives their nonce away. Returns the numbers of requests of those that cannot be looked into yet,
/// because they have not ended.
awaitable<std::set<std::int64_t>> identify(context &ctx, provider::provider &api,
                                           std::vector<provider::remote_batch> &listed,
                                           const std::set<std::int64_t> &wanted);

} // namespace smelt::orchestrator
