#include "openai_lines.hpp"

namespace smelt::sim {

openai_lines::openai_lines(const batch &b)
    : endpoint_{b.endpoint},
      full_lines_{has_full_lines(b.spoken)},
      chat_{b.endpoint != "/v1/responses"},
      created_{std::to_string(b.created / 1000)},
      ids_{b} {}

request_line openai_lines::parse(std::string_view line) const {
    return parse_request(line);
}

line_error openai_lines::check(const request_line &request) const {
    return check_request(request, endpoint_, full_lines_);
}

void openai_lines::begin(std::string_view custom_id, std::string &out) {
    id_ = ids_.next();
    out += "{\"id\":\"batch_req_";
    out += id_;
    out += "\",\"custom_id\":\"";
    out += custom_id;
    out += "\",\"response\":";
}

void openai_lines::begin_response(std::string_view custom_id, int status, std::string &out) {
    begin(custom_id, out);
    out += "{\"status_code\":";
    append_number(status, out);
    out += ",\"request_id\":\"req_";
    out += id_;
    out += "\",\"body\":";
}

void openai_lines::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                          std::string &out) {
    begin_response(custom_id, 200, out);
    if (chat_)
        chat(request, answer, out);
    else
        responses(request, answer, out);
    out += "},\"error\":null}\n";
}

void openai_lines::chat(const request_line &request, const made_answer &answer, std::string &out) const {
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
    append_number(tokens.input, out);
    out += ",\"completion_tokens\":";
    append_number(tokens.output, out);
    out += ",\"total_tokens\":";
    append_number(tokens.input + tokens.output, out);
    out += ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
           "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_smelt_sim\"}";
}

void openai_lines::responses(const request_line &request, const made_answer &answer, std::string &out) const {
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
    append_number(tokens.input, out);
    out += ",\"input_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":0},\"output_tokens\":";
    append_number(tokens.output, out);
    out += ",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":";
    append_number(tokens.input + tokens.output, out);
    out += "}}";
}

void openai_lines::http_error(std::string_view custom_id, const made_answer &answer, std::string &out) {
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

void openai_lines::status_zero(std::string_view custom_id, std::string &out) {
    begin(custom_id, out);
    out += "{\"status_code\":0,\"request_id\":\"\",\"body\":{}},\"error\":null}\n";
}

void openai_lines::no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                               std::string &out) {
    begin(custom_id, out);
    out += "null,\"error\":{\"code\":";
    append_string(code, out);
    out += ",\"message\":";
    append_string(message, out);
    out += "}}\n";
}

bool openai_lines::not_run(std::string_view custom_id, bool cancelled, std::string &out) {
    if (!cancelled)
        no_response(custom_id, "batch_expired",
                    "This request could not be executed before the completion window expired.", out);
    return !cancelled;
}

} // namespace smelt::sim
