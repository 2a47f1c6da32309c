#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace smelt {

/// Money in 10^-12 USD: the cheapest token price known (2.5 * 10^-9 USD) is an integer in it, and 9.2 million USD fit.
using picousd = std::int64_t;

/// Providers count about four bytes of English or JSON to a token: for limits, reservations and estimates only.
inline constexpr std::int64_t bytes_per_token = 4;

/// Tokens of one answer as the provider counted them. input includes cached and written; output includes reasoning.
struct usage {
    std::int64_t input = 0;
    std::int64_t cached = 0;
    std::int64_t output = 0;
    std::int64_t reasoning = 0;
    /// False: there is an answer, and the provider did not say what it used, or not in numbers that can be; those above
    /// are then only what is known.
    bool known = true;
    /// Of the input, what the provider has put into its cache; it counts for the price alone.
    std::int64_t written = 0;

    usage &operator+=(const usage &other);
    friend bool operator==(const usage &, const usage &) = default;
};

/// Price of one token in picousd (1 USD per million tokens = 1,000,000 picousd per token).
struct price {
    picousd input = 0;
    picousd cached = 0;
    picousd output = 0;
    std::optional<picousd> written{}; ///< of input that is put into the cache; nothing: as other input
};

/// "$0.12": two digits, more of small amounts.
std::string dollars(double usd);
std::string dollars_of(picousd amount);

/// Cost of an answer, or empty when price or tokens are not known or the amount does not fit: unknown is never zero.
/// What is free costs nothing, however much of it there is.
std::optional<picousd> cost_of(const usage &tokens, const std::optional<price> &per_token);

} // namespace smelt
