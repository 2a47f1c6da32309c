#include "openai_answer.hpp"

#include "smelt/core/text.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 2000;

/// content is a string, or (some servers) a list of parts.
void append_parts(const json_value &parts, std::string &text, std::string &refusal) {
    for (const auto &part : parts.GetArray()) {
        text += text_member(part, "text");
        refusal += text_member(part, "refusal");
    }
}

} // namespace

void fail(result_line &out, cause why, outcome what, std::string_view message) {
    out.why = why;
    out.what = what;
    out.message = clip_utf8(message, longest_message);
    std::replace(out.message.begin(), out.message.end(), '\0', '?');
    for (auto bad = invalid_utf8_at(out.message); bad != std::string::npos; bad = invalid_utf8_at(out.message))
        out.message[bad] = '?';
}

void conclude(std::string text, std::string_view refusal, std::string_view reason, result_line &out) {
    out.answer = std::move(text);
    if (reason == "content_filter")
        fail(out, cause::content_filter, outcome::errored, "the provider's content filter stopped the answer");
    else if (!trim(refusal).empty())
        fail(out, cause::refused, outcome::errored, refusal);
    else if (reason == "length" || reason == "model_length")
        fail(out, cause::truncated, outcome::rejected, "the answer was cut at the token limit");
    else if (reason == "error")
        fail(out, cause::transport, outcome::errored, "the provider stopped with an error");
    else if (trim(out.answer).empty())
        fail(out, cause::empty, outcome::rejected,
             reason.empty() ? "the answer is empty"
                            : "the answer is empty (finish reason: " + std::string{reason} + ")");
}

std::int64_t count_member(const json_value &object, std::string_view name) {
    const auto *value = member(object, name);
    if (value == nullptr || !value->IsNumber())
        return 0;
    if (value->IsInt64())
        return std::max<std::int64_t>(value->GetInt64(), 0);
    const auto number = value->GetDouble();
    return number > 0 && number < 9e15 ? static_cast<std::int64_t>(number) : 0;
}

void read_model(const json_value &body, std::string_view name, result_line &out) {
    out.model = text_member(body, name);
    if (out.model.find('\0') != std::string::npos || invalid_utf8_at(out.model) != std::string::npos)
        out.model.clear();
}

void read_chat(const json_value &body, result_line &out) {
    const auto *choices = member(body, "choices");
    if (choices == nullptr || !choices->IsArray() || choices->Empty())
        return fail(out, cause::empty, outcome::rejected, "the answer holds no choices");
    const auto &choice = (*choices)[0];
    const auto reason = text_member(choice, "finish_reason");
    const auto *message = member(choice, "message");
    std::string text;
    std::string refusal;
    if (message != nullptr) {
        refusal = text_member(*message, "refusal");
        const auto *content = member(*message, "content");
        if (content != nullptr && content->IsString())
            text.assign(content->GetString(), content->GetStringLength());
        else if (content != nullptr && content->IsArray())
            append_parts(*content, text, refusal);
    }
    conclude(std::move(text), refusal, reason, out);
}

void read_response_object(const json_value &body, result_line &out) {
    const auto status = text_member(body, "status");
    std::string text;
    std::string refusal;
    if (const auto *output = member(body, "output"); output != nullptr && output->IsArray())
        for (const auto &item : output->GetArray())
            if (text_member(item, "type") == "message")
                if (const auto *content = member(item, "content"); content != nullptr && content->IsArray())
                    append_parts(*content, text, refusal);
    if (status == "incomplete") {
        const auto *details = member(body, "incomplete_details");
        const auto reason = details == nullptr ? std::string_view{} : text_member(*details, "reason");
        // Whatever the reason, what is there is not the whole answer.
        return conclude(std::move(text), refusal, reason == "content_filter" ? reason : "length", out);
    }
    if (status == "cancelled")
        return fail(out, cause::cancelled, outcome::cancelled, "the provider cancelled this request");
    if (!status.empty() && status != "completed")
        return fail(out, cause::transport, outcome::errored, "the answer's status is " + std::string{status});
    conclude(std::move(text), refusal, {}, out);
}

namespace {

std::int64_t detail(const json_value &usage, std::string_view details, std::string_view name) {
    const auto *inner = member(usage, details);
    return inner == nullptr ? 0 : count_member(*inner, name);
}

} // namespace

void read_usage(const json_value &body, result_line &out) {
    read_model(body, "model", out);
    const auto *usage = member(body, "usage");
    if (usage == nullptr)
        return;
    const bool chat = member(*usage, "prompt_tokens") != nullptr || member(*usage, "completion_tokens") != nullptr;
    out.tokens.input = count_member(*usage, chat ? "prompt_tokens" : "input_tokens");
    out.tokens.output = count_member(*usage, chat ? "completion_tokens" : "output_tokens");
    out.tokens.cached =
        std::max(detail(*usage, chat ? "prompt_tokens_details" : "input_tokens_details", "cached_tokens"),
                 count_member(*usage, "num_cached_tokens"));
    out.tokens.reasoning =
        detail(*usage, chat ? "completion_tokens_details" : "output_tokens_details", "reasoning_tokens");
}

error_words words_of(const json_value &error) {
    if (error.IsString())
        return {{}, {error.GetString(), error.GetStringLength()}};
    error_words out{text_member(error, "code"), text_member(error, "message")};
    if (out.code.empty())
        out.code = text_member(error, "type");
    if (out.message.empty())
        out.message = out.code;
    return out;
}

bool is_passing(std::string_view code) {
    static constexpr std::array<std::string_view, 7> words{"server_error", "rate_limit", "timeout",       "overloaded",
                                                           "unavailable",  "internal",   "quota_exceeded"};
    return std::any_of(words.begin(), words.end(),
                       [&](auto word) { return code.find(word) != std::string_view::npos; });
}

} // namespace smelt::provider
