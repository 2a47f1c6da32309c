#include "chat_encoder.hpp"
#include "openai.hpp"
#include "params.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/writer.hpp"

namespace smelt::provider {

std::unique_ptr<line_encoder> openai::encoder(const task_definition &definition) const {
    if (definition.model.empty())
        throw usage_error{"task '" + definition.name + "' names no model"};
    refuse_params(definition, capabilities_.params);
    const bool responses = is_responses_endpoint(definition);
    std::string before;
    if (quirks_.full_lines) {
        before += ",\"method\":\"POST\",\"url\":";
        json_text::append_json_string(before, definition.endpoint);
    }
    before += ",\"body\":{\"model\":";
    json_text::append_json_string(before, definition.model);
    before += responses ? ",\"input\":[" : ",\"messages\":[";
    const auto after = "]" + members_of(constant_members(definition, quirks_)) + "}}\n";
    return std::make_unique<chat_encoder>(std::move(before), after);
}

} // namespace smelt::provider
