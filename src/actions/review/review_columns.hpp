#pragma once

#include "smelt/domain/status.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace smelt::actions {

/// The columns of a table of answers to be judged, before those of the record. The first four are filled in by people.
inline constexpr std::array<std::string_view, 12> review_columns{"verdict",  "reason",  "edited_output", "reviewer",
                                                                 "task",     "key",     "batch",         "score",
                                                                 "warnings", "repairs", "earlier",       "output"};

/// accept, edit, reject or fail; also as smelt.reviews says them. Nothing: none of these.
std::optional<verdict_kind> verdict_of(std::string_view word);

/// JSON without blanks; other text as it is.
std::string compact(const std::string &value);

} // namespace smelt::actions
