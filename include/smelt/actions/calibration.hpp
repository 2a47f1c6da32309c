#pragma once

#include "smelt/store/reviews.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// What verdicts of people say about scores. Pure functions.
namespace smelt::actions {

/// How many of the answers that a person has looked at were accepted as they were, with a 95 % confidence interval
/// (Wilson's, which also holds for few reviews and for shares near 0 and 1).
struct precision_estimate {
    std::int64_t reviews = 0, good = 0;
    double share = 0, low = 0, high = 1;
};
precision_estimate precision_of(std::int64_t good, std::int64_t reviews);

/// Fewer reviews say too little to be shown as a figure.
inline constexpr std::int64_t least_reviews = 30;

using judged_scores = std::vector<store::reviews::judged_score>;

/// Of answers with at least this score.
precision_estimate precision_above(const judged_scores &scores, double threshold);

struct score_band {
    double from = 0, to = 0; ///< to is not in it, but for 1
    precision_estimate precision;
};
/// Bands of a tenth in which there is a review, the highest first.
std::vector<score_band> score_bands(const judged_scores &scores);

/// The lowest score from which on at least `target` of the answers are right, as far as the reviews can say: the lower
/// end of the interval counts. Nothing: there is no such score, or too few reviews.
std::optional<double> threshold_for(const judged_scores &scores, double target);

} // namespace smelt::actions
