#include "smelt/actions/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace smelt::actions {

precision_estimate precision_of(std::int64_t good, std::int64_t reviews) {
    precision_estimate out{reviews, good};
    if (reviews == 0)
        return out;
    constexpr double z = 1.959963984540054; // of 95 %
    const auto n = static_cast<double>(reviews);
    out.share = static_cast<double>(good) / n;
    const double centre = (out.share + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z * std::sqrt(out.share * (1 - out.share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    out.low = std::max(0.0, centre - half);
    out.high = std::min(1.0, centre + half);
    return out;
}

precision_estimate precision_above(const judged_scores &scores, double threshold) {
    std::int64_t reviews = 0;
    std::int64_t good = 0;
    for (const auto &one : scores)
        if (one.score >= threshold) {
            ++reviews;
            good += one.is_good ? 1 : 0;
        }
    return precision_of(good, reviews);
}

std::vector<score_band> score_bands(const judged_scores &scores) {
    constexpr int bands = 10;
    std::map<int, std::pair<std::int64_t, std::int64_t>, std::greater<>> counts;
    for (const auto &one : scores) {
        // A score is kept as a float: 0.7 is a little less.
        auto &[reviews, good] =
            counts[std::clamp(static_cast<int>(std::floor(one.score * bands + 1e-6)), 0, bands - 1)];
        ++reviews;
        good += one.is_good ? 1 : 0;
    }
    std::vector<score_band> out;
    out.reserve(counts.size());
    for (const auto &[band, count] : counts)
        out.push_back({static_cast<double>(band) / bands, static_cast<double>(band + 1) / bands,
                       precision_of(count.second, count.first)});
    return out;
}

std::optional<double> threshold_for(const judged_scores &scores, double target) {
    auto sorted = scores;
    std::ranges::sort(sorted, std::greater{}, &store::reviews::judged_score::score);
    std::optional<double> lowest;
    std::int64_t good = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        good += sorted[i].is_good ? 1 : 0;
        const bool is_last_of_score = i + 1 == sorted.size() || sorted[i + 1].score < sorted[i].score;
        const auto reviews = static_cast<std::int64_t>(i) + 1;
        if (is_last_of_score && reviews >= least_reviews && precision_of(good, reviews).low >= target)
            lowest = sorted[i].score;
    }
    return lowest;
}

} // namespace smelt::actions
