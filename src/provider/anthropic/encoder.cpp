#include "anthropic.hpp"
#include "provider/openai/chat_encoder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"
#include "smelt/json/writer.hpp"

#include <array>

namespace smelt::provider {
namespace {

/// From this version on, requests that set how answers are sampled are refused (docs/protocols.md, Anthropic routes).
constexpr std::string_view without_sampling = "2026-10-21";

/// {"custom_id": · ,"params":{constant members,"system": · ,"messages":[ · ]}}
class anthropic_encoder final : public line_encoder {
  public:
    anthropic_encoder(std::string constant, bool cache) : constant_{std::move(constant)}, cache_{cache} {}

    void encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                std::string &out) const override {
        out += "{\"custom_id\":";
        json_text::append_json_string(out, custom_id);
        out += ",\"params\":{";
        out += constant_;
        for (const auto &message : messages)
            if (message.role == "system")
                append_system(message.content, out);
        out += ",\"messages\":[";
        append_messages(messages, out, "system");
        out += "]}}\n";
    }

  private:
    /// What stands before the marker is what requests share.
    void append_system(std::string_view text, std::string &out) const {
        out += ",\"system\":[{\"type\":\"text\",\"text\":";
        json_text::append_json_string(out, text);
        if (cache_)
            out += ",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}";
        out += "}]";
    }

    std::string constant_;
    bool cache_;
};

void check(const task_definition &task, std::string_view version) {
    if (task.model.empty())
        throw usage_error{"task '" + task.name + "' names no model"};
    if (task.endpoint != "/v1/chat/completions")
        throw usage_error{"task '" + task.name + "': Anthropic has no " + task.endpoint, "leave endpoint out"};
    if (!task.params.is_object() || !task.params.contains("max_tokens") || task.params["max_tokens"] == 0)
        throw usage_error{"task '" + task.name +
                              "': params.max_tokens is missing, without which Anthropic answers nothing",
                          "set params: {max_tokens: 1024} or what the longest answer may need"};
    for (const char *name : {"model", "messages", "system"})
        if (task.params.contains(name))
            refuse_param(task, name, "set the task's model and its system and user prompts");
    for (const char *name : {"stream", "speed"})
        if (task.params.contains(name))
            refuse_param(task, name, "batches have no such thing: remove it");
    if (task.params.contains("output_config") && task.params["output_config"].contains("format"))
        refuse_param(task, "output_config.format", "set the task's output schema");
    if (version >= without_sampling)
        for (const char *name : {"temperature", "top_p", "top_k"})
            if (task.params.contains(name))
                refuse_param(task, name,
                             "API version " + std::string{version} +
                                 " refuses it; remove it, or ask for an older version " +
                                 "with provider.quirks: {headers: {anthropic-version: 2023-06-01}}");
}

} // namespace

std::unique_ptr<line_encoder> anthropic::encoder(const task_definition &definition) const {
    refuse_params(definition, capabilities_.params);
    check(definition, version_);
    auto members = definition.params;
    if (!definition.output.is_null())
        members["output_config"]["format"] = {{"type", "json_schema"},
                                              {"schema", extraction::anthropic_schema(definition.output)}};
    json model{{"model", definition.model}};
    const auto constant = members_of(model).substr(1) + members_of(members);
    return std::make_unique<anthropic_encoder>(constant, definition.cache);
}

} // namespace smelt::provider
