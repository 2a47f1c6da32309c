#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smelt::config {

/// The word that was probably meant: the nearest within a third of its length (edit distance, case ignored); empty when
/// none is near.
std::string nearest(std::string_view word, const std::vector<std::string> &known);

/// A hint for an unknown word: `did you mean "x"?`, else `known are: a, b, c`; empty when nothing is known.
std::string did_you_mean(std::string_view word, const std::vector<std::string> &known);

} // namespace smelt::config
