#include "mistral.hpp"
#include "objects.hpp"
#include "provider/lines/answer.hpp"
#include "provider/lines/line_decoder.hpp"
#include "provider/openai/chat_encoder.hpp"
#include "provider/openai/params.hpp"

#include "smelt/base/error.hpp"

namespace smelt::provider {

/// The model is the job's; lines have neither method nor url.
std::unique_ptr<line_encoder> mistral::encoder(const task_definition &definition) const {
    const bool agent = definition.model.starts_with("agent:");
    if (definition.model.empty() || (agent && agent_of(definition.model).empty()))
        throw usage_error{"task '" + definition.name + "' names no model", "write a model's name, or agent:ID"};
    if (definition.endpoint != "/v1/chat/completions")
        throw usage_error{"task '" + definition.name + "': Mistral has no " + definition.endpoint,
                          "use /v1/chat/completions"};
    refuse_params(definition, capabilities_.params);
    const auto after = "]" + members_of(constant_members(definition, quirks_)) + "}}\n";
    return std::make_unique<chat_encoder>(",\"body\":{\"messages\":[", after);
}

/// Lines of the error file have no documented shape (docs/protocols.md, Mistral result lines): one that is not
/// understood is its own message.
result_line mistral::decode(std::string_view line) const {
    auto out = decode_line(line, read_openai_line);
    if (out.cause == cause_kind::unreadable || (out.cause != cause_kind::none && out.message.empty()))
        fail(out, out.cause, out.outcome, line);
    return out;
}

} // namespace smelt::provider
