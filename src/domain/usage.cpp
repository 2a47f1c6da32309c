#include "smelt/domain/usage.hpp"

namespace smelt {

usage &usage::operator+=(const usage &other) {
    input += other.input;
    cached += other.cached;
    output += other.output;
    reasoning += other.reasoning;
    known = known && other.known;
    return *this;
}

std::optional<picousd> cost_of(const usage &tokens, const std::optional<price> &per_token) {
    if (!per_token)
        return std::nullopt;
    const bool free = per_token->input == 0 && per_token->cached == 0 && per_token->output == 0;
    if (free)
        return 0;
    if (!tokens.known)
        return std::nullopt;
    std::int64_t input = 0, cached = 0, output = 0, cost = 0;
    const bool too_much = __builtin_mul_overflow(tokens.input - tokens.cached, per_token->input, &input) ||
                          __builtin_mul_overflow(tokens.cached, per_token->cached, &cached) ||
                          __builtin_mul_overflow(tokens.output, per_token->output, &output) ||
                          __builtin_add_overflow(input, cached, &cost) || __builtin_add_overflow(cost, output, &cost);
    return too_much ? std::nullopt : std::optional{cost};
}

} // namespace smelt
