#include "smelt/domain/usage.hpp"

#include <fmt/format.h>

namespace smelt {

usage &usage::operator+=(const usage &other) {
    input += other.input;
    cached += other.cached;
    output += other.output;
    reasoning += other.reasoning;
    known = known && other.known;
    written += other.written;
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
    picousd cost = 0;
    const auto add = [&cost](std::int64_t count, picousd each) {
        picousd part = 0;
        return __builtin_mul_overflow(count, each, &part) || __builtin_add_overflow(cost, part, &cost);
    };
    const bool too_much =
        add(tokens.input - tokens.cached - tokens.written, per_token->input) || add(tokens.cached, per_token->cached) ||
        add(tokens.written, per_token->written.value_or(per_token->input)) || add(tokens.output, per_token->output);
    return too_much ? std::nullopt : std::optional{cost};
}

std::string dollars(double usd) {
    const auto digits = usd == 0 || usd >= 0.1 ? 2 : usd >= 0.001 ? 4 : 6;
    return fmt::format("${:.{}f}", usd, digits);
}

std::string dollars_of(picousd amount) {
    return dollars(static_cast<double>(amount) / 1e12);
}

} // namespace smelt
