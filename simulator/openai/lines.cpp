#include "lines.hpp"

#include "bodies.hpp"

namespace smelt::sim {

openai_lines::openai_lines(const batch &b)
    : endpoint_{b.endpoint},
      rules_{openai_rules(b.spoken, endpoint_)},
      full_lines_{has_full_lines(b.spoken)},
      created_{std::to_string(b.created / 1000)},
      ids_{b.id} {}

request_line openai_lines::parse(std::string_view line) const {
    request_line request = parse_request(line, rules_);
    if (rules_ != nullptr)
        request.refused = openai_refusal(request, *rules_);
    return request;
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
    append_openai_body(request, answer, {endpoint_, id_, created_}, out);
    out += "},\"error\":null}\n";
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
