#include "line_decoder.hpp"
#include "openai.hpp"
#include "openai_answer.hpp"

namespace smelt::provider {
namespace {

bool is_retryable(std::int64_t status) {
    return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

/// Some servers send counters as strings; nothing when it is neither.
std::optional<std::int64_t> status_of(const json_value &response) {
    const auto *status = member(response, "status_code");
    if (status == nullptr)
        return std::nullopt;
    if (status->IsInt64())
        return status->GetInt64();
    const auto text = text_member(response, "status_code");
    if (text.size() != 3 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/// null, missing and "" say that there is no error.
const json_value *error_of(const json_value &object) {
    const auto *error = member(object, "error");
    if (error == nullptr || (error->IsString() && error->GetStringLength() == 0))
        return nullptr;
    return error;
}

/// The request never got an HTTP answer, and the line says why.
void read_line_error(const json_value &error, std::optional<std::int64_t> status, result_line &out) {
    const auto words = words_of(error);
    if (words.code == "batch_expired")
        return fail(out, cause::expired, outcome::expired, words.message);
    if (words.code == "batch_cancelled" || words.code == "batch_canceled")
        return fail(out, cause::cancelled, outcome::cancelled, words.message);
    const bool permanent = status && *status >= 300 && !is_retryable(*status);
    fail(out, permanent ? cause::rejected_request : cause::transport, outcome::errored, words.message);
}

void read_http_error(std::int64_t status, const json_value *body, result_line &out) {
    const auto *error = body == nullptr ? nullptr : error_of(*body);
    // Mistral's error objects are flat.
    const auto words = error != nullptr ? words_of(*error) : body != nullptr ? words_of(*body) : error_words{};
    std::string message = "HTTP " + std::to_string(status);
    if (!words.code.empty() && words.code != words.message)
        message.append(" ").append(words.code);
    if (!words.message.empty())
        message.append(": ").append(words.message);
    const auto why = is_retryable(status)             ? cause::transport
                     : words.code == "content_filter" ? cause::content_filter
                                                      : cause::rejected_request;
    fail(out, why, outcome::errored, message);
}

void read_success(const json_value &body, result_line &out) {
    if (const auto *error = error_of(body)) {
        const auto words = words_of(*error);
        return fail(out, is_passing(words.code) ? cause::transport : cause::rejected_request, outcome::errored,
                    words.message);
    }
    if (member(body, "choices") == nullptr &&
        (text_member(body, "object") == "response" || member(body, "output") != nullptr))
        return read_response_object(body, out);
    read_chat(body, out);
}

} // namespace

void read_openai_line(const json_value &line, result_line &out) {
    out.custom_id = text_member(line, "custom_id");
    const auto *response = member(line, "response");
    const auto status = response == nullptr ? std::nullopt : status_of(*response);
    const auto *body = response == nullptr ? nullptr : member(*response, "body");
    if (body != nullptr)
        read_usage(*body, out);
    if (const auto *error = error_of(line))
        return read_line_error(*error, status, out);
    if (response == nullptr)
        return fail(out, cause::transport, outcome::errored, {});
    if (!status)
        return not_understood(out, "the response has no status code");
    if (*status < 200 || *status > 299)
        return read_http_error(*status, body, out);
    if (body == nullptr)
        return fail(out, cause::empty, outcome::rejected, "the answer is empty");
    if (!body->IsObject())
        return not_understood(out, "the response's body is not an object");
    read_success(*body, out);
}

result_line openai::decode(std::string_view line) const {
    auto out = decode_line(line, read_openai_line);
    if (out.why != cause::none && out.message.empty())
        out.message = "the line holds neither a response nor an error";
    return out;
}

} // namespace smelt::provider
