#include "guarded.hpp"
#include "provider/anthropic/anthropic.hpp"
#include "provider/gemini/gemini.hpp"
#include "provider/mistral/mistral.hpp"
#include "provider/openai/openai.hpp"
#include "provider/synchronous/synchronous.hpp"

#include "smelt/base/error.hpp"

namespace smelt::provider {

awaitable<answered> provider::answer(std::string_view /*request_line*/, const stop_check & /*stop*/) {
    throw std::logic_error{"a service of batches was asked for an answer"};
    co_return answered{};
}

namespace {

std::unique_ptr<provider> make_dialect(const config::provider_spec &spec, const std::string &api_key,
                                       http::client &client) {
    if (spec.dialect == "openai")
        return std::make_unique<openai>(spec, api_key, client);
    if (spec.dialect == "mistral")
        return std::make_unique<mistral>(spec, api_key, client);
    if (spec.dialect == "anthropic")
        return std::make_unique<anthropic>(spec, api_key, client);
    if (spec.dialect == "gemini")
        return std::make_unique<gemini>(spec, api_key, client);
    if (spec.dialect == "chat")
        return make_chat(spec, api_key, client);
    if (spec.dialect == "messages")
        return make_messages(spec, api_key, client);
    throw usage_error{"provider '" + spec.name + "' speaks '" + spec.dialect + "', which is not known here"};
}

} // namespace

std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client) {
    auto dialect = make_dialect(spec, api_key, client);
    return std::make_unique<guarded>(std::move(dialect), std::move(api_key));
}

} // namespace smelt::provider
