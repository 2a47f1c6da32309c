#include "smelt/orchestrator/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace smelt::orchestrator {
namespace {

forecast by_size(double items, double bytes, const std::optional<price> &per_token) {
    forecast out;
    out.requests = items;
    out.input_tokens = items * bytes / static_cast<double>(bytes_per_token);
    if (per_token)
        out.cost = static_cast<picousd>(std::llround(out.input_tokens * static_cast<double>(per_token->input)));
    out.is_input_only = true;
    return out;
}

} // namespace

forecast expect(const task_history &history, double items, const std::optional<request_sizes> &sizes,
                const std::optional<price> &per_token) {
    if (items == 0)
        return {0, 0, 0, 0, false, false};
    if (history.empty())
        return by_size(items, sizes ? sizes->mean : 0, sizes ? per_token : std::nullopt);
    const bool scales = sizes && history.first_bytes && *history.first_bytes > 0;
    const auto first_size = scales ? sizes->mean / *history.first_bytes : 1.0;
    const auto repeat_size = scales ? sizes->median / *history.first_bytes : 1.0;
    const auto settled = static_cast<double>(history.settled);
    const auto share = items / settled;
    forecast out;
    double output = 0, cost = 0;
    for (const auto &[seen, output_cost] : history.parts) {
        const auto requests = static_cast<double>(seen.requests);
        const auto first = seen.rung > 0 ? 0.0 : std::min(1.0, settled / requests);
        const auto size = share * (first * first_size + (1 - first) * repeat_size);
        out.requests += share * requests;
        out.input_tokens += size * static_cast<double>(seen.input);
        output += share * static_cast<double>(seen.output);
        // Where no price tells them apart, all is taken for input.
        const auto of_output = static_cast<double>(std::min(output_cost.value_or(0), seen.cost));
        cost += size * (static_cast<double>(seen.cost) - of_output) + share * of_output;
        out.is_partly_unpriced = out.is_partly_unpriced || seen.unpriced > 0;
    }
    out.output_tokens = output;
    if (cost > 0 || !out.is_partly_unpriced)
        out.cost = static_cast<picousd>(std::llround(cost));
    return out;
}

std::optional<double> how_long(const store::past_pace &pace, double requests, std::int64_t batches, std::int64_t open,
                               bool first) {
    if (!pace.per_second || !pace.turnaround || *pace.per_second <= 0)
        return std::nullopt;
    const auto at_once = std::max<std::int64_t>(1, open);
    const auto rounds = (batches + at_once - 1) / at_once + (first ? 1 : 0);
    const auto waves = static_cast<double>(rounds);
    return std::max(requests / *pace.per_second, waves * *pace.turnaround);
}

} // namespace smelt::orchestrator
