#include "anthropic.hpp"
#include "gemini.hpp"
#include "mistral.hpp"
#include "openai.hpp"

#include "smelt/core/error.hpp"

namespace smelt::provider {

std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client) {
    if (spec.dialect == "openai")
        return std::make_unique<openai>(spec, std::move(api_key), client);
    if (spec.dialect == "mistral")
        return std::make_unique<mistral>(spec, std::move(api_key), client);
    if (spec.dialect == "anthropic")
        return std::make_unique<anthropic>(spec, std::move(api_key), client);
    if (spec.dialect == "gemini")
        return std::make_unique<gemini>(spec, std::move(api_key), client);
    throw usage_error{"provider '" + spec.name + "' speaks '" + spec.dialect + "', which is not known here"};
}

} // namespace smelt::provider
