#include "gemini.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

/// Members of a request; all other params belong to its generationConfig.
constexpr std::array<std::string_view, 4> of_request{"safetySettings", "tools", "toolConfig", "cachedContent"};

void append_text(std::string_view text, std::string &out) {
    out += "{\"parts\":[{\"text\":";
    json_text::append_json_string(out, text);
    out += "}]";
}

/// {"key": · ,"request":{"systemInstruction": · ,"contents":[ · ],constant members}}
class gemini_encoder final : public line_encoder {
  public:
    explicit gemini_encoder(std::string constant) : constant_{std::move(constant)} {}

    void encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                std::string &out) const override {
        out += "{\"key\":";
        json_text::append_json_string(out, custom_id);
        out += ",\"request\":{";
        for (const auto &message : messages)
            if (message.role == "system") {
                out += "\"systemInstruction\":";
                append_text(message.content, out);
                out += "},";
            }
        out += "\"contents\":[";
        bool first = true;
        for (const auto &message : messages) {
            if (message.role == "system")
                continue;
            out += first ? "" : ",";
            append_text(message.content, out);
            out += message.role == "assistant" ? ",\"role\":\"model\"}" : ",\"role\":\"user\"}";
            first = false;
        }
        out += ']';
        out += constant_;
        out += "}}\n";
    }

  private:
    std::string constant_;
};

void check(const task_definition &task) {
    if (task.model.empty())
        throw usage_error{"task '" + task.name + "' names no model"};
    if (task.endpoint != "/v1/chat/completions")
        throw usage_error{"task '" + task.name + "': Gemini has no " + task.endpoint, "leave endpoint out"};
    if (task.params.is_null())
        return;
    if (!task.params.is_object())
        throw usage_error{"task '" + task.name + "': params is not a mapping"};
    for (const char *name : {"contents", "systemInstruction", "model"})
        if (task.params.contains(name))
            refuse_param(task, name, "set the task's model and its system and user prompts");
    for (const char *name : {"responseSchema", "responseJsonSchema", "responseMimeType", "generationConfig"})
        if (task.params.contains(name))
            refuse_param(task, name,
                         "set the task's output schema; what belongs to generationConfig stands in params itself");
    if (task.params.value("candidateCount", json(1)) != 1)
        throw usage_error{"task '" + task.name + "': params must not ask for candidateCount other than 1",
                          "one request has one answer; for several opinions make several tasks"};
}

} // namespace

std::unique_ptr<line_encoder> gemini::encoder(const task_definition &definition) const {
    refuse_params(definition, capabilities_.params);
    check(definition);
    json generation = json::object();
    std::string constant;
    const auto add = [&](const std::string &name, const json &value) {
        constant += ',';
        json_text::append_json_string(constant, name);
        constant += ':' + value.dump();
    };
    const auto params = definition.params.is_null() ? json::object() : definition.params;
    for (const auto &[name, value] : params.items()) {
        if (std::find(of_request.begin(), of_request.end(), name) != of_request.end())
            add(name, value);
        else
            generation[name] = value;
    }
    if (!definition.output.is_null()) {
        generation["responseMimeType"] = "application/json";
        auto form = extraction::gemini_schema(definition.output);
        generation[form.member] = std::move(form.schema);
    }
    if (!generation.empty())
        add("generationConfig", generation);
    return std::make_unique<gemini_encoder>(std::move(constant));
}

} // namespace smelt::provider
