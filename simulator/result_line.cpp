#include "result_line.hpp"

#include "json_scan.hpp"

#include <charconv>

namespace smelt::sim {
namespace {

void append(std::int64_t value, std::string &out) {
    char text[24];
    out.append(text, std::to_chars(std::begin(text), std::end(text), value).ptr);
}

void append_string(std::string_view text, std::string &out) {
    out.push_back('"');
    append_escaped(text, out);
    out.push_back('"');
}

void append_string_or_null(std::string_view text, std::string &out) {
    if (text.empty())
        out += "null";
    else
        append_string(text, out);
}

} // namespace

token_counts estimate_tokens(const request_line &request, const made_answer &answer) {
    constexpr std::size_t bytes_per_token = 4;
    const std::size_t input = request.head.size() + request.tail.size();
    const std::size_t output = answer.text.size() + answer.refusal.size();
    return {static_cast<std::int64_t>(input / bytes_per_token + 1),
            static_cast<std::int64_t>(output / bytes_per_token + 1)};
}

result_writer::result_writer(std::string_view endpoint, std::int64_t created, std::uint64_t salt)
    : chat_{endpoint != "/v1/responses"}, created_{std::to_string(created)}, next_id_{salt} {}

void result_writer::begin(std::string_view custom_id, std::string &out) {
    id_.clear();
    append_hex(mix(++next_id_), id_);
    out += "{\"id\":\"batch_req_";
    out += id_;
    out += "\",\"custom_id\":\"";
    out += custom_id;
    out += "\",\"response\":";
}

void result_writer::begin_response(std::string_view custom_id, int status, std::string &out) {
    begin(custom_id, out);
    out += "{\"status_code\":";
    append(status, out);
    out += ",\"request_id\":\"req_";
    out += id_;
    out += "\",\"body\":";
}

void result_writer::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                           std::string &out) {
    begin_response(custom_id, 200, out);
    if (chat_)
        chat(request, answer, out);
    else
        responses(request, answer, out);
    out += "},\"error\":null}\n";
}

void result_writer::chat(const request_line &request, const made_answer &answer, std::string &out) const {
    const auto tokens = estimate_tokens(request, answer);
    out += "{\"id\":\"chatcmpl-";
    out += id_;
    out += "\",\"object\":\"chat.completion\",\"created\":";
    out += created_;
    out += ",\"model\":\"";
    out += request.model;
    out += "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":";
    if (answer.refusal.empty())
        append_string(answer.text, out);
    else
        out += "null";
    out += ",\"refusal\":";
    append_string_or_null(answer.refusal, out);
    out += ",\"annotations\":[]},\"logprobs\":null,\"finish_reason\":";
    append_string(answer.finish_reason, out);
    out += "}],\"usage\":{\"prompt_tokens\":";
    append(tokens.input, out);
    out += ",\"completion_tokens\":";
    append(tokens.output, out);
    out += ",\"total_tokens\":";
    append(tokens.input + tokens.output, out);
    out += ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
           "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_smelt_sim\"}";
}

void result_writer::responses(const request_line &request, const made_answer &answer, std::string &out) const {
    const auto tokens = estimate_tokens(request, answer);
    const bool complete = answer.finish_reason == "stop";
    const std::string_view status = complete ? "completed" : "incomplete";
    out += "{\"id\":\"resp_";
    out += id_;
    out += "\",\"object\":\"response\",\"created_at\":";
    out += created_;
    out += ",\"status\":\"";
    out += status;
    out += "\",\"error\":null,\"incomplete_details\":";
    if (complete)
        out += "null";
    else
        out += answer.finish_reason == "content_filter" ? "{\"reason\":\"content_filter\"}"
                                                        : "{\"reason\":\"max_output_tokens\"}";
    out += ",\"instructions\":null,\"model\":\"";
    out += request.model;
    out += "\",\"output\":[{\"id\":\"msg_";
    out += id_;
    out += "\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"";
    out += status;
    out += "\",\"content\":[";
    if (answer.refusal.empty()) {
        out += "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":";
        append_string(answer.text, out);
    } else {
        out += "{\"type\":\"refusal\",\"refusal\":";
        append_string(answer.refusal, out);
    }
    out +=
        "}]}],\"parallel_tool_calls\":true,\"metadata\":{\"simulated\":\"true\"},\"tool_choice\":\"auto\",\"tools\":[],"
        "\"temperature\":1,\"top_p\":1,\"service_tier\":\"default\",\"usage\":{\"input_tokens\":";
    append(tokens.input, out);
    out += ",\"input_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":0},\"output_tokens\":";
    append(tokens.output, out);
    out += ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":";
    append(tokens.input + tokens.output, out);
    out += "}}";
}

void result_writer::http_error(std::string_view custom_id, const made_answer &answer, std::string &out) {
    begin_response(custom_id, answer.status, out);
    out += "{\"error\":{\"message\":";
    append_string(answer.error_message.empty() ? std::string_view{"simulated error"} : answer.error_message, out);
    out += answer.status >= 500 ? ",\"type\":\"server_error\"" : ",\"type\":\"invalid_request_error\"";
    out += ",\"param\":";
    append_string_or_null(answer.error_param, out);
    out += ",\"code\":";
    append_string_or_null(answer.error_code, out);
    out += "}}},\"error\":null}\n";
}

void result_writer::status_zero(std::string_view custom_id, std::string &out) {
    begin(custom_id, out);
    out += "{\"status_code\":0,\"request_id\":\"\",\"body\":{}},\"error\":null}\n";
}

void result_writer::no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                                std::string &out) {
    begin(custom_id, out);
    out += "null,\"error\":{\"code\":";
    append_string(code, out);
    out += ",\"message\":";
    append_string(message, out);
    out += "}}\n";
}

} // namespace smelt::sim
