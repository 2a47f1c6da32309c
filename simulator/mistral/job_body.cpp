#include "api.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {
namespace {

constexpr std::array endpoints{"/v1/chat/completions",    "/v1/embeddings",           "/v1/fim/completions",
                               "/v1/moderations",         "/v1/chat/moderations",     "/v1/ocr",
                               "/v1/classifications",     "/v1/chat/classifications", "/v1/conversations",
                               "/v1/audio/transcriptions"};
constexpr std::array members{"endpoint", "input_files", "requests", "model", "agent_id", "metadata", "timeout_hours"};

template <class List>
bool contains(const List &list, const std::string &value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

api_error invalid(const std::string &param, const std::string &message, const std::string &type) {
    return {422, message, "body." + param, type};
}

/// A text or null.
std::string optional_text(const json &body, const char *name) {
    const json value = body.value(name, json());
    if (value.is_null())
        return {};
    if (!value.is_string())
        throw invalid(name, "Input should be a valid string", "string_type");
    return value.get<std::string>();
}

json read_metadata(const json &body) {
    constexpr std::size_t longest_key = 32;
    constexpr std::size_t longest_value = 512;
    const json metadata = body.value("metadata", json());
    if (metadata.is_null())
        return metadata;
    if (!metadata.is_object())
        throw invalid("metadata", "Input should be a valid dictionary", "dict_type");
    for (const auto &[key, value] : metadata.items()) {
        if (key.empty() || key.size() > longest_key)
            throw invalid("metadata." + key, "String should have 1 to 32 characters", "string_too_long");
        if (!value.is_string())
            throw invalid("metadata." + key, "Input should be a valid string", "string_type");
        const std::size_t size = value.get_ref<const std::string &>().size();
        if (size == 0 || size > longest_value)
            throw invalid("metadata." + key, "String should have 1 to 512 characters", "string_too_long");
    }
    return metadata;
}

json read_input_files(const json &body) {
    const json files = body.value("input_files", json());
    if (files.is_null())
        return json::array();
    const bool good =
        files.is_array() && std::all_of(files.begin(), files.end(), [](const json &f) { return f.is_string(); });
    if (!good)
        throw invalid("input_files", "Input should be a valid list of file ids", "list_type");
    return files;
}

std::int64_t read_timeout(const json &body) {
    constexpr std::int64_t a_week = 168;
    const json hours = body.value("timeout_hours", json(24));
    if (!hours.is_number_integer())
        throw invalid("timeout_hours", "Input should be a valid integer", "int_type");
    if (hours.get<std::int64_t>() < 1 || hours.get<std::int64_t>() >= a_week)
        throw invalid("timeout_hours", "The timeout must be between 1 hour and 7 days", "value_error");
    return hours.get<std::int64_t>();
}

} // namespace

batch read_mistral_job(const json &body) {
    for (const auto &[name, value] : body.items())
        if (!contains(members, name))
            throw invalid(name, "Extra inputs are not permitted", "extra_forbidden");
    if (!body.contains("endpoint"))
        throw invalid("endpoint", "Field required", "missing");
    batch b;
    b.spoken = dialect::mistral;
    b.endpoint = optional_text(body, "endpoint");
    if (!contains(endpoints, b.endpoint))
        throw invalid("endpoint", "Input should be one of the batch endpoints", "enum");
    if (b.endpoint != "/v1/chat/completions")
        throw api_error{400, "The simulator supports '/v1/chat/completions' only.", "endpoint"};
    b.metadata = read_metadata(body);
    b.special = {{"model", optional_text(body, "model")},
                 {"agent_id", optional_text(body, "agent_id")},
                 {"input_files", read_input_files(body)},
                 {"timeout_hours", read_timeout(body)}};
    b.output_expires_after = 0;
    b.id = random_uuid();
    b.output_file = random_uuid();
    b.error_file = random_uuid();
    return b;
}

} // namespace smelt::sim
