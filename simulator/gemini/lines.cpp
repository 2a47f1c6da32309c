#include "lines.hpp"

#include "simulator/requests/json_scan.hpp"

namespace smelt::sim {
namespace {

std::string_view finish_reason(const made_answer &answer) {
    if (!answer.refusal.empty() || answer.finish_reason == "content_filter")
        return "SAFETY";
    if (answer.finish_reason == "length")
        return "MAX_TOKENS";
    return answer.finish_reason == "stop" ? std::string_view{"STOP"} : std::string_view{"OTHER"};
}

} // namespace

gemini_lines::gemini_lines(const batch &b)
    : inline_{b.input_file.empty()},
      with_metadata_{!faults_of(b).omit_metadata},
      rpc_codes_{faults_of(b).rpc_codes},
      ids_{b.id} {
    append_escaped(special_text(b, "model"), model_);
}

request_line gemini_lines::parse(std::string_view line) const {
    request_line request = parse_gemini_request(line);
    // As seen in the field: a model within the request changes nothing.
    request.model = model_;
    return request;
}

line_error gemini_lines::check(const request_line &request) const {
    if (!request.is_json)
        return {"INVALID_ARGUMENT", "A line of the input file is not valid JSON.", "", 0};
    if (!request.has_body)
        return {"INVALID_ARGUMENT", "A line of the input file has no request.", "request", 0};
    return {};
}

void gemini_lines::begin(std::string_view custom_id, std::string &out) const {
    out += '{';
    if (inline_ || custom_id.data() == nullptr)
        return;
    out += "\"key\":";
    append_raw_or_null(custom_id, out);
    out += ',';
}

void gemini_lines::end(std::string_view custom_id, std::string &out) const {
    if (inline_ && with_metadata_ && custom_id.data() != nullptr) {
        out += ",\"metadata\":{\"key\":";
        append_raw_or_null(custom_id, out);
        out += '}';
    }
    out += "}\n";
}

void gemini_lines::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                          std::string &out) {
    const auto tokens = estimate_tokens(request, answer);
    begin(custom_id, out);
    out += "\"response\":{\"candidates\":[{";
    if (answer.refusal.empty()) {
        out += "\"content\":{\"parts\":[{\"text\":";
        append_string(answer.text, out);
        out += "}],\"role\":\"model\"},";
    }
    out += "\"finishReason\":";
    append_string(finish_reason(answer), out);
    out += ",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":";
    append_number(tokens.input, out);
    out += ",\"candidatesTokenCount\":";
    append_number(tokens.output, out);
    out += ",\"totalTokenCount\":";
    append_number(tokens.input + tokens.output, out);
    out += "},\"modelVersion\":\"";
    out += model_;
    out += "\",\"responseId\":\"simulated-";
    out += ids_.next();
    out += "\"}";
    end(custom_id, out);
}

void gemini_lines::error(std::string_view custom_id, int status, std::string_view word, std::string_view message,
                         std::string &out) const {
    const std::string_view name = gemini_status(status, word);
    begin(custom_id, out);
    out += "\"error\":{\"code\":";
    append_number(rpc_codes_ ? rpc_code(name) : status, out);
    out += ",\"message\":";
    append_string(message.empty() ? std::string_view{"simulated error"} : message, out);
    if (!rpc_codes_) {
        out += ",\"status\":";
        append_string(name, out);
    }
    out += '}';
    end(custom_id, out);
}

void gemini_lines::http_error(std::string_view custom_id, const made_answer &answer, std::string &out) {
    error(custom_id, answer.status, answer.error_code, answer.error_message, out);
}

void gemini_lines::status_zero(std::string_view custom_id, std::string &out) {
    begin(custom_id, out);
    out += "\"response\":{}";
    end(custom_id, out);
}

void gemini_lines::no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                               std::string &out) {
    error(custom_id, 500, code, message, out);
}

} // namespace smelt::sim
