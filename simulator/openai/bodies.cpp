#include "bodies.hpp"

#include "simulator/http/vendor_api.hpp"

namespace smelt::sim {
namespace {

void append_choice(const made_answer &answer, int index, std::string &out) {
    out += index == 0 ? "{\"index\":" : ",{\"index\":";
    append_number(index, out);
    out += ",\"message\":{\"role\":\"assistant\",\"content\":";
    if (answer.refusal.empty())
        append_string(answer.text, out);
    else
        out += "null";
    out += ",\"refusal\":";
    append_string_or_null(answer.refusal, out);
    out += ",\"annotations\":[]},\"logprobs\":null,\"finish_reason\":";
    append_string(answer.finish_reason, out);
    out += '}';
}

void append_chat(const request_line &request, const made_answer &answer, const openai_stamp &stamp, std::string &out) {
    const auto tokens = estimate_tokens(request, answer);
    out += "{\"id\":\"chatcmpl-";
    out += stamp.id;
    out += "\",\"object\":\"chat.completion\",\"created\":";
    out += stamp.created;
    out += ",\"model\":\"";
    out += request.model;
    out += "\",\"choices\":[";
    for (int i = 0; i < request.choices; ++i)
        append_choice(answer, i, out);
    out += "],\"usage\":{\"prompt_tokens\":";
    append_number(tokens.input, out);
    out += ",\"completion_tokens\":";
    append_number(tokens.output, out);
    out += ",\"total_tokens\":";
    append_number(tokens.input + tokens.output, out);
    out += ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
           "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_smelt_sim\"}";
}

void append_response(const request_line &request, const made_answer &answer, const openai_stamp &stamp,
                     std::string &out) {
    const auto tokens = estimate_tokens(request, answer);
    const bool complete = answer.finish_reason == "stop";
    const std::string_view status = complete ? "completed" : "incomplete";
    out += "{\"id\":\"resp_";
    out += stamp.id;
    out += "\",\"object\":\"response\",\"created_at\":";
    out += stamp.created;
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
    out += stamp.id;
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

/// o3, gpt-5-mini, but not gpt-5-chat-latest.
bool reasons(std::string_view model) {
    constexpr std::string_view family = "gpt-";
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (model.size() > 1 && model[0] == 'o' && is_digit(model[1]))
        return true;
    return model.starts_with(family) && model.size() > family.size() && is_digit(model[family.size()]) &&
           model[family.size()] >= '5' && model.find("-chat") == std::string_view::npos;
}

} // namespace

void append_openai_body(const request_line &request, const made_answer &answer, const openai_stamp &stamp,
                        std::string &out) {
    if (stamp.endpoint == "/v1/responses")
        append_response(request, answer, stamp, out);
    else
        append_chat(request, answer, stamp, out);
}

const body_rules *openai_rules(dialect spoken, std::string_view endpoint) {
    if (spoken != dialect::openai && spoken != dialect::azure)
        return nullptr;
    return endpoint == "/v1/responses" ? &openai_responses_rules : &openai_chat_rules;
}

refusal openai_refusal(const request_line &request, const body_rules &rules) {
    if (request.flaw.what != body_flaw::none)
        return openai_words(request.flaw, rules);
    if (request.has_max_tokens && reasons(request.model))
        return {"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
                "instead.",
                "max_tokens", "unsupported_parameter"};
    return {};
}

request_line openai_bodies::parse(std::string_view body) const {
    request_line request = parse_body(body, rules_);
    if (!request.is_json || !request.has_body)
        throw api_error{400, "We could not parse the JSON body of your request."};
    if (const line_error problem = check_body(request, endpoint_); !problem.code.empty())
        throw api_error{400, problem.message, problem.param};
    if (rules_ != nullptr)
        request.refused = openai_refusal(request, *rules_);
    return request;
}

void openai_bodies::write(const request_line &request, const made_answer &answer, std::string &out) {
    append_openai_body(request, answer, {endpoint_, ids_.next(), created_}, out);
}

} // namespace smelt::sim
