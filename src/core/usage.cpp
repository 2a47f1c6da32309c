#include "smelt/core/usage.hpp"

namespace smelt {

usage &usage::operator+=(const usage &other) {
    input += other.input;
    cached += other.cached;
    output += other.output;
    reasoning += other.reasoning;
    return *this;
}

std::optional<picousd> cost_of(const usage &tokens, const std::optional<price> &per_token) {
    if (!per_token)
        return std::nullopt;
    return (tokens.input - tokens.cached) * per_token->input + tokens.cached * per_token->cached +
           tokens.output * per_token->output;
}

} // namespace smelt
