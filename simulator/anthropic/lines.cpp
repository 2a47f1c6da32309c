#include "lines.hpp"

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
    : takes_sampling_{takes_sampling(special_text(b, "version"))}, ids_{b.id} {}

request_line anthropic_lines::parse(std::string_view line) const {
    return parse_anthropic_request(line, takes_sampling_);
}

void anthropic_lines::answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                             std::string &out) {
    begin(custom_id, "succeeded", out);
    out += ",\"message\":";
    messages_.write(request, answer, ids_.next(), out);
    out += "}}\n";
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
