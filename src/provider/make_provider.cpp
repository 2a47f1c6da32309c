#include "guarded.hpp"
#include "provider/anthropic/anthropic.hpp"
#include "provider/gemini/gemini.hpp"
#include "provider/mistral/mistral.hpp"
#include "provider/openai/openai.hpp"
#include "provider/synchronous/synchronous.hpp"

#include "smelt/base/error.hpp"

namespace smelt::provider {
namespace {

[[noreturn]] void refuse_dialect(const config::provider_spec &spec) {
    throw usage_error{"provider '" + spec.name + "' speaks '" + spec.dialect + "', which is not known here"};
}

std::unique_ptr<batch_api> unguarded_batch_api(const config::provider_spec &spec, const std::string &api_key,
                                               http::client &client) {
    if (spec.dialect == "openai")
        return std::make_unique<openai>(spec, api_key, client);
    if (spec.dialect == "mistral")
        return std::make_unique<mistral>(spec, api_key, client);
    if (spec.dialect == "anthropic")
        return std::make_unique<anthropic>(spec, api_key, client);
    if (spec.dialect == "gemini")
        return std::make_unique<gemini>(spec, api_key, client);
    refuse_dialect(spec);
}

std::unique_ptr<chat_api> unguarded_chat_api(const config::provider_spec &spec, const std::string &api_key,
                                             http::client &client) {
    if (spec.dialect == "chat")
        return make_chat(spec, api_key, client);
    if (spec.dialect == "messages")
        return make_messages(spec, api_key, client);
    refuse_dialect(spec);
}

} // namespace

std::unique_ptr<batch_api> make_batch_api(const config::provider_spec &spec, std::string api_key,
                                          http::client &client) {
    auto inner = unguarded_batch_api(spec, api_key, client);
    return std::make_unique<guarded_batch_api>(std::move(inner), std::move(api_key));
}

std::unique_ptr<chat_api> make_chat_api(const config::provider_spec &spec, std::string api_key, http::client &client) {
    auto inner = unguarded_chat_api(spec, api_key, client);
    return std::make_unique<guarded_chat_api>(std::move(inner), std::move(api_key));
}

std::unique_ptr<dialect> make_dialect(const config::provider_spec &spec, std::string api_key, http::client &client) {
    if (spec.synchronous)
        return make_chat_api(spec, std::move(api_key), client);
    return make_batch_api(spec, std::move(api_key), client);
}

} // namespace smelt::provider
