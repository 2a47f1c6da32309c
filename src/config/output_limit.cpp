#include "smelt/config/output_limit.hpp"

#include "smelt/base/embedded.hpp"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <utility>
#include <vector>

namespace smelt::config {
namespace {

constexpr std::int64_t most_of_unknown_model = 65'536;
constexpr std::int64_t most_at_all = 10'000'000;

using limit_list = std::vector<std::pair<std::string, std::int64_t>>;

limit_list read_limits(const char *name) {
    const auto file = json::parse(embedded::find(embedded::config_files(), "data/prices.json"));
    limit_list limits;
    for (const auto &[pattern, tokens] : file.at(name).items())
        limits.emplace_back(pattern, tokens.get<std::int64_t>());
    return limits;
}

/// The first pattern that fits.
std::optional<std::int64_t> find(const limit_list &limits, const std::string &model) {
    const auto found = std::find_if(limits.begin(), limits.end(), [&](const auto &limit) {
        return fnmatch(limit.first.c_str(), model.c_str(), 0) == 0;
    });
    return found == limits.end() ? std::nullopt : std::optional{found->second};
}

} // namespace

std::optional<output_limit> output_limit_of(const json &params) {
    static constexpr std::array names{"max_completion_tokens", "max_output_tokens", "max_tokens",
                                      "maxOutputTokens",       "num_predict",       "n_predict"};
    if (params.is_object())
        for (const auto *name : names)
            if (params.contains(name) && params[name].is_number_integer() && params[name] > 0 &&
                params[name] <= most_at_all)
                return output_limit{name, params[name].get<std::int64_t>()};
    return std::nullopt;
}

std::optional<std::int64_t> known_output_tokens(const std::string &model) {
    static const auto limits = read_limits("output_limits");
    return find(limits, model);
}

std::optional<std::int64_t> context_tokens(const std::string &model) {
    static const auto limits = read_limits("context_limits");
    return find(limits, model);
}

std::int64_t most_output_tokens(const std::string &model) {
    return known_output_tokens(model).value_or(most_of_unknown_model);
}

std::int64_t doubled(std::int64_t tokens, int cuts, std::int64_t most) {
    auto limit = tokens;
    for (int i = 0; i < cuts && limit < most; ++i)
        limit = std::min(limit * 2, most);
    return limit;
}

} // namespace smelt::config
