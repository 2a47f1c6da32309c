#include "slice_budget.hpp"

#include "smelt/orchestrator/request_ceilings.hpp"

#include <algorithm>

namespace smelt::orchestrator {

slice_budget::slice_budget(const std::vector<picousd> &ceilings) {
    all_.reserve(ceilings.size() + 1);
    answered_.resize(ceilings.size() + 1);
    for (const auto one : ceilings)
        all_.push_back(std::min(all_.back() + one, most_picousd));
}

void slice_budget::answered(std::int64_t n) {
    const auto at = static_cast<std::size_t>(n);
    answered_.at(lines_ + 1) = answered_[lines_] + (all_.at(at) - all_.at(at - 1));
    ++lines_;
}

picousd slice_budget::charge(std::int64_t n, std::int64_t lines, std::optional<picousd> cost) const {
    const auto all = all_.at(static_cast<std::size_t>(n));
    return cost ? *cost + all - answered_.at(static_cast<std::size_t>(lines)) : all;
}

std::int64_t slice_budget::affordable(std::int64_t sent, std::int64_t wanted, picousd left, std::int64_t lines,
                                      std::optional<picousd> cost) const {
    auto most = sent;
    while (most < wanted && charge(most + 1, lines, cost) <= left)
        ++most;
    return most;
}

} // namespace smelt::orchestrator
