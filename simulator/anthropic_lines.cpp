#include "anthropic_lines.hpp"

#include "mix.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 12> error_types{{{400, "invalid_request_error"},
                                                                        {401, "authentication_error"},
                                                                        {402, "billing_error"},
                                                                        {403, "permission_error"},
                                                                        {404, "not_found_error"},
                                                                        {409, "conflict_error"},
                                                                        {413, "request_too_large"},
                                                                        {429, "rate_limit_error"},
                                                                        {500, "api_error"},
                                                                        {504, "timeout_error"},
                                                                        {529, "overloaded_error"},
                                                                        {422, "invalid_request_error"}}};

std::string_view stop_reason(const made_answer &answer) {
    if (!answer.refusal.empty() || answer.finish_reason == "content_filter")
        return "refusal";
    if (answer.finish_reason == "length")
        return "max_tokens";
    return answer.finish_reason == "stop" ? std::string_view{"end_turn"} : answer.finish_reason;
}

void begin(std::string_view custom_id, std::string_view type, std::string &out) {
    out += "{\"custom_id\":";
    append_raw_or_null(custom_id, out);
    out += ",\"result\":{\"type\":\"";
    out += type;
    out += '"';
}

void errored(std::string_view custom_id, std::string_view type, std::string_view message, std::string &out) {
    begin(custom_id, "errored", out);
    out += ",\"error\":{\"type\":\"error\",\"error\":{\"type\":";
    append_string(type, out);
    out += ",\"message\":";
    append_string(message.empty() ? std::string_view{"simulated error"} : message, out);
    out += "},\"request_id\":null}}}\n";
}

} // namespace

std::string_view anthropic_error_type(int status, std::string_view code) {
    const auto by_name =
        std::find_if(error_types.begin(), error_types.end(), [&](const auto &known) { return known.second == code; });
    if (by_name != error_types.end())
        return by_name->second;
    const auto by_status =
        std::find_if(error_types.begin(), error_types.end(), [&](const auto &known) { return known.first == status; });
    if (by_status != error_types.end())
        return by_status->second;
    return status >= 500 ? "api_error" : "invalid_request_error";
}

anthropic_lines::anthropic_lines(const batch &b)
    : takes_sampling_{special_text(b, "version") == "2023-06-01"}, ids_{b} {}

request_line anthropic_lines::parse(std::string_view line) const {
    return parse_anthropic_request(line, takes_sampling_);
}

void anthropic_lines::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                             std::string &out) {
    begin(custom_id, "succeeded", out);
    out += ",\"message\":{\"id\":\"msg_simulated_";
    out += ids_.next();
    out += "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"";
    out += request.model;
    out += "\",\"content\":[";
    if (answer.refusal.empty()) {
        out += "{\"type\":\"text\",\"text\":";
        append_string(answer.text, out);
        out += '}';
    }
    out += "],\"stop_reason\":";
    append_string(stop_reason(answer), out);
    out += ",\"stop_sequence\":null";
    if (!answer.refusal.empty()) {
        out += ",\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":";
        append_string(answer.refusal, out);
        out += '}';
    }
    usage(request, answer, out);
    out += "}}}\n";
}

void anthropic_lines::usage(const request_line &request, const made_answer &answer, std::string &out) {
    constexpr std::size_t bytes_per_token = 4;
    const auto tokens = estimate_tokens(request, answer);
    const auto marked =
        static_cast<std::int64_t>((request.cached_system.size() + request.cached_messages.size()) / bytes_per_token);
    const auto cached = std::min(marked, tokens.input);
    const auto prefix =
        hash_bytes(request.model, hash_bytes(request.cached_messages, hash_bytes(request.cached_system, 0)));
    const bool created = cached > 0 && cache_.insert(prefix);
    const bool for_an_hour = request.cached_system.find("\"1h\"") != std::string_view::npos ||
                             request.head.find("\"ttl\":\"1h\"") != std::string_view::npos;
    const std::int64_t written = created ? cached : 0;
    out += ",\"usage\":{\"input_tokens\":";
    append_number(tokens.input - cached, out);
    out += ",\"cache_creation_input_tokens\":";
    append_number(written, out);
    out += ",\"cache_read_input_tokens\":";
    append_number(cached - written, out);
    out += ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":";
    append_number(for_an_hour ? 0 : written, out);
    out += ",\"ephemeral_1h_input_tokens\":";
    append_number(for_an_hour ? written : 0, out);
    out += "},\"output_tokens\":";
    append_number(tokens.output, out);
    out += ",\"service_tier\":\"batch\"}";
}

void anthropic_lines::http_error(std::string_view custom_id, const made_answer &answer, std::string &out) {
    errored(custom_id, anthropic_error_type(answer.status, answer.error_code), answer.error_message, out);
}

void anthropic_lines::status_zero(std::string_view custom_id, std::string &out) {
    errored(custom_id, "api_error", "Internal server error", out);
}

void anthropic_lines::no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                                  std::string &out) {
    errored(custom_id, anthropic_error_type(500, code), message, out);
}

bool anthropic_lines::not_run(std::string_view custom_id, bool cancelled, std::string &out) {
    begin(custom_id, cancelled ? "canceled" : "expired", out);
    out += "}}\n";
    return true;
}

} // namespace smelt::sim
