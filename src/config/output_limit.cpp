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

std::vector<std::pair<std::string, std::int64_t>> read_limits() {
    const auto file = json::parse(embedded::find(embedded::config_files(), "data/prices.json"));
    std::vector<std::pair<std::string, std::int64_t>> limits;
    for (const auto &[pattern, tokens] : file.at("output_limits").items())
        limits.emplace_back(pattern, tokens.get<std::int64_t>());
    return limits;
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

std::int64_t most_output_tokens(const std::string &model) {
    static const auto limits = read_limits();
    const auto found = std::find_if(limits.begin(), limits.end(), [&](const auto &limit) {
        return fnmatch(limit.first.c_str(), model.c_str(), 0) == 0;
    });
    return found == limits.end() ? most_of_unknown_model : found->second;
}

std::int64_t doubled(std::int64_t tokens, int cuts, std::int64_t most) {
    auto limit = tokens;
    for (int i = 0; i < cuts && limit < most; ++i)
        limit = std::min(limit * 2, most);
    return limit;
}

} // namespace smelt::config
