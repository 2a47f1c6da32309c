#include "chat_encoder.hpp"
#include "json_escape.hpp"
#include "openai.hpp"
#include "openai_params.hpp"

#include "smelt/core/error.hpp"

namespace smelt::provider {

std::unique_ptr<line_encoder> openai::encoder(const config::task_definition &definition) const {
    if (definition.model.empty())
        throw usage_error{"task '" + definition.name + "' names no model"};
    refuse_params(definition, capabilities_.params);
    const bool responses = is_responses_endpoint(definition);
    std::string before;
    if (quirks_.full_lines) {
        before += ",\"method\":\"POST\",\"url\":";
        append_json_string(definition.endpoint, before);
    }
    before += ",\"body\":{\"model\":";
    append_json_string(definition.model, before);
    before += responses ? ",\"input\":[" : ",\"messages\":[";
    const auto after = "]" + members_of(constant_members(definition, quirks_)) + "}}\n";
    return std::make_unique<chat_encoder>(std::move(before), after);
}

} // namespace smelt::provider
