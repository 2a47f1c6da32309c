#include "openai.hpp"

#include "smelt/core/error.hpp"

namespace smelt::provider {

std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client) {
    if (spec.name == "openai")
        return std::make_unique<openai>(spec, std::move(api_key), client);
    throw usage_error{"unknown provider '" + spec.name + "'", "known providers: openai"};
}

} // namespace smelt::provider
