#include "bodies.hpp"

#include "lines.hpp"
#include "simulator/http/vendor_api.hpp"
#include "simulator/mix.hpp"

#include <algorithm>

namespace smelt::sim {
namespace {

std::string_view stop_reason(const made_answer &answer) {
    if (!answer.refusal.empty() || answer.finish_reason == "content_filter")
        return "refusal";
    if (answer.finish_reason == "length")
        return "max_tokens";
    return answer.finish_reason == "stop" ? std::string_view{"end_turn"} : answer.finish_reason;
}

} // namespace

void message_writer::write(const request_line &request, const made_answer &answer, std::string_view id,
                           std::string &out) {
    out += "{\"id\":\"msg_simulated_";
    out += id;
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
    out += '}';
}

void message_writer::usage(const request_line &request, const made_answer &answer, std::string &out) {
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
    out += ",\"service_tier\":\"";
    out += tier_;
    out += "\"}";
}

bool takes_sampling(std::string_view version) {
    return version == "2023-06-01";
}

request_line anthropic_bodies::parse(std::string_view body) const {
    request_line request = parse_anthropic_params(body, takes_sampling_);
    if (!request.is_json || !request.has_body)
        throw api_error{400, "The request body is not valid JSON."};
    if (request.streaming)
        throw api_error{400, "stream: streaming is not supported"};
    return request;
}

void anthropic_bodies::write(const request_line &request, const made_answer &answer, std::string &out) {
    messages_.write(request, answer, ids_.next(), out);
}

} // namespace smelt::sim
