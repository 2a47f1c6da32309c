#pragma once

#include "faults.hpp"

#include <string>

namespace smelt::sim {

/// Changes what result lines, or a lone body, say, as the faults ask, and spends them: odd token counts, an error in a
/// 200, an error member beside the answer, more items of output, a body that is text. All that stands in `out` from
/// `begin` on is changed alike and stays JSON. False: what stands there is no answer any more.
bool corrupt_line(batch_faults &faults, std::string &out, std::size_t begin);

/// What an odd count is instead of value: huge, giant, negative, text or null.
json odd_count(const std::string &kind, const json &value);
/// Makes every count that is directly in object an odd one.
void make_counts_odd(const std::string &kind, json &object);

} // namespace smelt::sim
