#include "smelt/orchestrator/request_ceilings.hpp"

#include "smelt/config/output_limit.hpp"

#include <algorithm>
#include <cmath>

namespace smelt::orchestrator {
namespace {

/// A tokenizer that works on bytes makes no more tokens than there are bytes, whatever the text is.
constexpr double most_tokens_per_byte = 1.0;
/// Over what was seen: the next records may be in another language.
constexpr double margin = 1.5;

bool is_free(const price &p) {
    return p.input == 0 && p.cached == 0 && p.output == 0 && p.written.value_or(0) == 0;
}

} // namespace

request_ceilings::request_ceilings(const config::provider_spec &asked, const task_definition &sent,
                                   std::optional<double> tokens_per_byte)
    : tokens_per_byte_{tokens_per_byte ? std::min(*tokens_per_byte * margin, most_tokens_per_byte)
                                       : most_tokens_per_byte},
      doubles_{sent.retry.truncated == when_truncated::twice} {
    const auto found = config::price_of(asked, sent.model);
    if (!found) {
        unknown_ = "the price of " + sent.model + " is not known";
        hint_ =
            "prices: {" + sent.model + ": {input: USD, output: USD}} in the provider's settings, per million tokens";
        return;
    }
    price_ = *found;
    const auto own = config::output_limit_of(sent.params);
    const auto of_model = config::known_output_tokens(sent.model);
    if (!own && !of_model && !is_free(price_)) {
        unknown_ =
            "params name no limit of the answer's tokens (from 1 to 10,000,000) and none is known for " + sent.model;
        hint_ = "params: {max_tokens: 1024}, or what the model calls it, with what the longest answer may need";
        return;
    }
    output_ = own ? own->tokens : of_model.value_or(0);
    most_ = config::most_output_tokens(sent.model);
    doubles_ = doubles_ && own;
}

picousd request_ceilings::of(std::int64_t bytes, int cuts) const {
    const auto input = std::max({price_.input, price_.cached, price_.written.value_or(0)});
    const auto output = doubles_ ? config::doubled(output_, cuts, most_) : output_;
    const auto tokens = std::ceil(static_cast<double>(bytes) * tokens_per_byte_);
    const auto cost =
        tokens * static_cast<double>(input) + static_cast<double>(output) * static_cast<double>(price_.output);
    return cost < static_cast<double>(most_picousd) ? static_cast<picousd>(std::ceil(cost)) : most_picousd;
}

} // namespace smelt::orchestrator
