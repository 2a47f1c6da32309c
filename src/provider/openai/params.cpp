#include "params.hpp"

#include "provider/remote_service.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"

#include <array>

namespace smelt::provider {
namespace {

struct forbidden {
    std::string_view name;
    const char *instead;
};

constexpr std::array<forbidden, 6> always{{{"model", "set the task's model"},
                                           {"messages", "set the task's system and user prompts"},
                                           {"input", "set the task's system and user prompts"},
                                           {"response_format", "set the task's output schema"},
                                           {"stream", "batches do not stream: remove it"},
                                           {"stream_options", "batches do not stream: remove it"}}};

void check(const task_definition &task) {
    if (!task.params.is_object() && !task.params.is_null())
        throw usage_error{"task '" + task.name + "': params is not a mapping"};
    for (const auto &[name, instead] : always)
        if (task.params.contains(name))
            refuse_param(task, name, instead);
    if (task.params.contains("n") && task.params["n"] != 1)
        throw usage_error{"task '" + task.name + "': params must not ask for n other than 1",
                          "one request has one answer; for several opinions make several tasks"};
    if (task.params.contains("text") && task.params["text"].contains("format"))
        refuse_param(task, "text.format", "set the task's output schema");
}

json json_schema(const task_definition &task, config::schema_form wanted) {
    extraction::openai_form form;
    if (wanted == config::schema_form::plain)
        form.schema = extraction::plain_schema(task.output);
    else
        form = extraction::openai_schema(task.output);
    return json{{"type", "json_schema"},
                {"name", schema_name(task.name)},
                {"strict", form.strict},
                {"schema", std::move(form.schema)}};
}

} // namespace

bool is_responses_endpoint(const task_definition &definition) {
    if (definition.endpoint == "/v1/responses")
        return true;
    if (definition.endpoint == "/v1/chat/completions")
        return false;
    throw usage_error{"task '" + definition.name + "': unknown endpoint '" + definition.endpoint + "'",
                      "use /v1/chat/completions or /v1/responses"};
}

std::string schema_name(std::string_view task) {
    std::string out;
    for (const char c : task.substr(0, 64)) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        out += plain || c == '_' || c == '-' ? c : '_';
    }
    return out.empty() ? "output" : out;
}

json constant_members(const task_definition &definition, const config::quirks_spec &quirks) {
    check(definition);
    auto out = definition.params.is_null() ? json::object() : definition.params;
    if (definition.output.is_null())
        return out;
    auto format = json_schema(definition, quirks.schema);
    if (is_responses_endpoint(definition)) {
        // Other members of `text` (verbosity) are the user's.
        out["text"]["format"] = std::move(format);
        return out;
    }
    format.erase("type");
    out["response_format"] = json{{"type", "json_schema"}, {"json_schema", std::move(format)}};
    return out;
}

} // namespace smelt::provider
