#pragma once

#include "smelt/extraction/compiled_task.hpp"

#include <string_view>

namespace smelt::extraction {

/// Reads an answer that is a number or a label alone, and stores it as a JSON number or string. What it cannot read is
/// rejected; it never looks for one inside of other text.
judgement judge_bare(std::string_view answer, const bare_answer &expected);

} // namespace smelt::extraction
