#include "lines.hpp"

#include "simulator/requests/json_scan.hpp"

namespace smelt::sim {
namespace {

/// A refusal is an answer like any other here: words instead of what was asked for.
std::string_view text_of(const made_answer &answer) {
    return answer.refusal.empty() ? answer.text : answer.refusal;
}

std::string_view reason_of(const made_answer &answer) {
    return answer.finish_reason == "content_filter" ? std::string_view{"error"} : answer.finish_reason;
}

/// A reasoning model's content is a list of chunks.
void append_content(const made_answer &answer, std::string &out) {
    if (answer.thinking.empty())
        return append_string(text_of(answer), out);
    out += R"([{"type":"thinking","thinking":[{"type":"text","text":)";
    append_string(answer.thinking, out);
    out += R"(}]},{"type":"text","text":)";
    append_string(text_of(answer), out);
    out += "}]";
}

void append_choice(const made_answer &answer, int index, std::string &out) {
    out += index == 0 ? "{\"index\":" : ",{\"index\":";
    append_number(index, out);
    out += ",\"finish_reason\":";
    append_string(reason_of(answer), out);
    out += ",\"message\":{\"role\":\"assistant\",\"content\":";
    append_content(answer, out);
    out += ",\"tool_calls\":null}}";
}

} // namespace

std::string_view mistral_error_type(int status) {
    constexpr int unauthorized = 401;
    constexpr int too_many = 429;
    if (status == unauthorized)
        return "authentication_error";
    if (status == too_many)
        return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

mistral_lines::mistral_lines(const batch &b)
    : any_model_{special_text(b, "model").empty()},
      plain_errors_{faults_of(b).plain_error_lines},
      created_{std::to_string(b.created / 1000)},
      ids_{b.id} {
    const std::string model = special_text(b, "model");
    append_escaped(model.empty() ? special_text(b, "agent_id") : model, model_);
}

request_line mistral_lines::parse(std::string_view line) const {
    request_line request = parse_request(line, &mistral_chat_rules);
    request.spoken = dialect::mistral;
    if (request.model.empty())
        request.model = model_;
    if (request.streaming)
        request.refused.message = "Streaming is not supported in batch jobs.";
    else if (!request.has_messages)
        request.refused.message = "messages: Field required";
    else
        request.refused = pydantic_words(request.flaw);
    return request;
}

line_error mistral_lines::check(const request_line &request) const {
    if (!request.is_json)
        return {"invalid_json_line", "Invalid JSON in the input file.", "", 0};
    if (!request.has_body)
        return {"missing_required_parameter", "body: Field required", "body", 0};
    if (request.model.empty())
        return {"invalid_request", "No model is given, neither by the job nor by the request.", "body.model", 0};
    if (!any_model_ && request.model != model_)
        return {"mismatched_model", "The model of a request differs from the job's.", "body.model", 0};
    return {};
}

void mistral_lines::begin(std::string_view custom_id, std::string &out) {
    id_ = ids_.next();
    out += "{\"id\":\"batch-simulated-";
    out += id_;
    out += "\",\"custom_id\":";
    append_raw_or_null(custom_id, out);
    out += ",\"response\":";
}

void mistral_lines::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                           std::string &out) {
    const auto tokens = estimate_tokens(request, answer);
    begin(custom_id, out);
    out += "{\"status_code\":200,\"body\":{\"id\":\"simulated-";
    out += id_;
    out += "\",\"object\":\"chat.completion\",\"model\":\"";
    out += request.model;
    out += "\",\"created\":";
    out += created_;
    out += ",\"choices\":[";
    for (int i = 0; i < request.choices; ++i)
        append_choice(answer, i, out);
    out += "],\"usage\":{\"prompt_tokens\":";
    append_number(tokens.input, out);
    out += ",\"completion_tokens\":";
    append_number(tokens.output, out);
    out += ",\"total_tokens\":";
    append_number(tokens.input + tokens.output, out);
    out += ",\"num_cached_tokens\":0}}},\"error\":null}\n";
}

void mistral_lines::plain_error(std::string_view custom_id, std::string_view message, std::string &out) {
    out += "{\"custom_id\":";
    append_raw_or_null(custom_id, out);
    out += ",\"error\":";
    append_string(message, out);
    out += "}\n";
}

void mistral_lines::http_error(std::string_view custom_id, const made_answer &answer, std::string &out) {
    const std::string_view message =
        answer.error_message.empty() ? std::string_view{"simulated error"} : answer.error_message;
    if (plain_errors_)
        return plain_error(custom_id, message, out);
    begin(custom_id, out);
    out += "{\"status_code\":";
    append_number(answer.status, out);
    out += ",\"body\":{\"object\":\"error\",\"message\":";
    append_string(message, out);
    out += ",\"type\":";
    append_string(mistral_error_type(answer.status), out);
    out += ",\"param\":";
    append_string_or_null(answer.error_param, out);
    out += ",\"code\":";
    append_string_or_null(answer.error_code, out);
    out += "}},\"error\":null}\n";
}

void mistral_lines::status_zero(std::string_view custom_id, std::string &out) {
    begin(custom_id, out);
    out += "{\"status_code\":0,\"body\":{}},\"error\":null}\n";
}

void mistral_lines::no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                                std::string &out) {
    if (plain_errors_)
        return plain_error(custom_id, message, out);
    begin(custom_id, out);
    out += "null,\"error\":{\"message\":";
    append_string(message, out);
    out += ",\"code\":";
    append_string_or_null(code, out);
    out += "}}\n";
}

} // namespace smelt::sim
