#include "openai.hpp"
#include "provider/lines/answer.hpp"
#include "provider/lines/line_decoder.hpp"
#include "provider/numbers.hpp"
#include "provider/reason.hpp"

#include "smelt/json/decimal.hpp"

namespace smelt::provider {
namespace {

/// Some servers write it as text; empty when it is none.
std::optional<std::int64_t> status_of(const node &response) {
    const auto number = count_of(response, "status_code");
    if (!number || *number >= 1000)
        return std::nullopt;
    const auto *status = member(response, "status_code");
    const bool fraction = status->is(node_kind::number) && !json_text::decimal{status->text}.integral();
    return fraction ? std::nullopt : number;
}

/// The request never got an HTTP answer, and the line says why.
void read_line_error(const node &error, std::optional<std::int64_t> status, result_line &out) {
    const auto why = reason_in(error);
    const auto message = why.message.empty() ? why.code : why.message;
    if (why.code == "batch_expired")
        return fail(out, cause_kind::expired, outcome_kind::expired, message);
    if (why.code == "batch_cancelled" || why.code == "batch_canceled")
        return fail(out, cause_kind::cancelled, outcome_kind::cancelled, message);
    const auto told = status && *status >= 300 ? *status : status_in(why.code).value_or(0);
    const bool permanent = told >= 300 && !is_passing_status(told);
    fail(out, permanent ? cause_kind::rejected_request : cause_kind::transport, outcome_kind::errored, message);
}

void read_http_error(std::int64_t status, const node *body, result_line &out) {
    const auto why = body == nullptr ? reason{} : reason_in(*body);
    auto message = "HTTP " + std::to_string(status);
    if (!why.code.empty() && why.code != why.message && why.code != std::to_string(status))
        message.append(" ").append(why.code);
    if (!why.message.empty())
        message.append(": ").append(why.message);
    const auto cause_of = is_passing_status(status)      ? cause_kind::transport
                          : why.code == "content_filter" ? cause_kind::content_filter
                                                         : cause_kind::rejected_request;
    fail(out, cause_of, outcome_kind::errored, message);
}

void read_success(const node &body, result_line &out) {
    if (const auto *error = error_member(body))
        return fail_by_error(*error, out);
    if (member(body, "choices") == nullptr &&
        (text_member(body, "object") == "response" || member(body, "output") != nullptr))
        return read_response_object(body, out);
    read_chat(body, out);
}

void read_body(std::int64_t status, const node *body, result_line &out) {
    if (status < 200 || status > 299)
        return read_http_error(status, body, out);
    if (body == nullptr)
        return fail(out, cause_kind::empty, outcome_kind::rejected, "the answer is empty");
    if (!body->is(node_kind::object))
        return not_understood(out, "the response's body is not an object");
    read_success(*body, out);
}

/// Some servers write the body as a JSON text within the JSON text.
const node *unwrapped(const node *body) {
    static thread_local line_document inner;
    if (body == nullptr || !body->is(node_kind::string))
        return body;
    const auto *parsed = inner.parse(body->text);
    return parsed == nullptr || !parsed->is(node_kind::object) ? body : parsed;
}

} // namespace

void read_openai_line(const node &line, result_line &out) {
    out.custom_id = text_member(line, "custom_id");
    const auto *response = member(line, "response");
    const auto status = response == nullptr ? std::nullopt : status_of(*response);
    const auto *body = response == nullptr ? nullptr : unwrapped(member(*response, "body"));
    if (body != nullptr)
        read_usage(*body, out);
    if (const auto *error = error_member(line))
        return read_line_error(*error, status, out);
    if (response == nullptr)
        return fail(out, cause_kind::transport, outcome_kind::errored, {});
    if (!status)
        return not_understood(out, "the response has no status code");
    read_body(*status, body, out);
}

result_line openai::decode(std::string_view line) const {
    auto out = decode_line(line, read_openai_line);
    if (out.cause != cause_kind::none && out.message.empty())
        out.message = "the line holds neither a response nor an error";
    return out;
}

} // namespace smelt::provider
