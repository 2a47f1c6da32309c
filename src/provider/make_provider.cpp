#include "anthropic.hpp"
#include "direct.hpp"
#include "gemini.hpp"
#include "mistral.hpp"
#include "openai.hpp"

#include "smelt/core/error.hpp"

namespace smelt::provider {

awaitable<answered> provider::answer(std::string_view /*request_line*/, const stop_check & /*stop*/) {
    throw std::logic_error{"a service of batches was asked for an answer"};
    co_return answered{};
}

std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client) {
    if (spec.dialect == "openai")
        return std::make_unique<openai>(spec, std::move(api_key), client);
    if (spec.dialect == "mistral")
        return std::make_unique<mistral>(spec, std::move(api_key), client);
    if (spec.dialect == "anthropic")
        return std::make_unique<anthropic>(spec, std::move(api_key), client);
    if (spec.dialect == "gemini")
        return std::make_unique<gemini>(spec, std::move(api_key), client);
    if (spec.dialect == "chat")
        return make_chat(spec, std::move(api_key), client);
    if (spec.dialect == "messages")
        return make_messages(spec, std::move(api_key), client);
    throw usage_error{"provider '" + spec.name + "' speaks '" + spec.dialect + "', which is not known here"};
}

} // namespace smelt::provider
