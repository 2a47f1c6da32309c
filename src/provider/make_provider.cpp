#include "openai.hpp"

namespace smelt::provider {

std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client) {
    return std::make_unique<openai>(spec, std::move(api_key), client);
}

} // namespace smelt::provider
