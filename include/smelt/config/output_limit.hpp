#pragma once

#include "smelt/base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// How many tokens an answer may have.
namespace smelt::config {

/// The parameter of a task that says so.
struct output_limit {
    std::string param; ///< "max_completion_tokens", "max_tokens", ...
    std::int64_t tokens = 0;
};
/// Nothing when params name no number; the model's own limit holds then.
std::optional<output_limit> output_limit_of(const json &params);

/// The most that a model gives, from data/prices.json. Nothing for a model that is not in it.
std::optional<std::int64_t> known_output_tokens(const std::string &model);
/// The same; for a model that is not in it 65,536.
std::int64_t most_output_tokens(const std::string &model);

/// How many tokens request and answer may have together, from data/prices.json. Nothing for a model that is not in it.
std::optional<std::int64_t> context_tokens(const std::string &model);

/// The limit of the next request after so many that were cut: doubled with each, at most `most`, and never less than
/// what is asked for.
std::int64_t doubled(std::int64_t tokens, int cuts, std::int64_t most);

} // namespace smelt::config
