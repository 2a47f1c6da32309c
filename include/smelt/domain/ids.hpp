#pragma once

#include <compare>
#include <cstdint>

namespace smelt {

/// A database id that cannot be mistaken for another table's.
template <class Tag, class Rep>
struct id {
    using rep = Rep;
    Rep value{};
    friend auto operator<=>(const id &, const id &) = default;
};

using pipeline_id = id<struct pipeline_tag, std::int32_t>;
using task_id = id<struct task_tag, std::int32_t>;
using version_id = id<struct version_tag, std::int32_t>;
using account_id = id<struct account_tag, std::int32_t>;
using batch_id = id<struct batch_tag, std::int32_t>;
using runner_id = id<struct runner_tag, std::int32_t>;
using record_id = id<struct record_tag, std::int64_t>;

} // namespace smelt
