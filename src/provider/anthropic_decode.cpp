#include "anthropic.hpp"
#include "line_decoder.hpp"
#include "openai_answer.hpp"

namespace smelt::provider {
namespace {

/// input_tokens leaves out what came from the cache or went into it (reference, 4.4).
void read_message_usage(const json_value &message, result_line &out) {
    read_model(message, "model", out);
    const auto *usage = member(message, "usage");
    if (usage == nullptr)
        return;
    out.tokens.cached = count_member(*usage, "cache_read_input_tokens");
    out.tokens.input =
        count_member(*usage, "input_tokens") + out.tokens.cached + count_member(*usage, "cache_creation_input_tokens");
    out.tokens.output = count_member(*usage, "output_tokens");
}

std::string text_blocks(const json_value &message) {
    std::string text;
    if (const auto *content = member(message, "content"); content != nullptr && content->IsArray())
        for (const auto &block : content->GetArray())
            if (text_member(block, "type") == "text")
                text += text_member(block, "text");
    return text;
}

std::string refusal_of(const json_value &message) {
    const auto *details = member(message, "stop_details");
    const auto said = details == nullptr ? std::string_view{} : text_member(*details, "explanation");
    return said.empty() ? "the model refused to answer" : std::string{said};
}

void read_succeeded(const json_value &result, result_line &out) {
    const auto *message = member(result, "message");
    if (message == nullptr)
        return not_understood(out, "a succeeded result without a message");
    read_message_usage(*message, out);
    const auto reason = text_member(*message, "stop_reason");
    const auto refusal = reason == "refusal" ? refusal_of(*message) : std::string{};
    const bool cut = reason == "max_tokens" || reason == "model_context_window_exceeded" || reason == "pause_turn";
    conclude(text_blocks(*message), refusal, cut ? "length" : reason, out);
}

/// The error stands inside an error.
void read_errored(const json_value &result, result_line &out) {
    const auto *outer = member(result, "error");
    const auto *inner = outer == nullptr ? nullptr : member(*outer, "error");
    const auto *error = inner == nullptr ? outer : inner;
    const auto words = error == nullptr ? error_words{} : words_of(*error);
    const auto why = words.code == "invalid_request_error" ? cause::rejected_request : cause::transport;
    fail(out, why, outcome::errored, words.message.empty() ? std::string_view{"the request failed"} : words.message);
}

void read_message_line(const json_value &line, result_line &out) {
    out.custom_id = text_member(line, "custom_id");
    const auto *result = member(line, "result");
    const auto type = result == nullptr ? std::string_view{} : text_member(*result, "type");
    if (type == "succeeded")
        return read_succeeded(*result, out);
    if (type == "errored")
        return read_errored(*result, out);
    if (type == "canceled" || type == "cancelled")
        return fail(out, cause::cancelled, outcome::cancelled, "the batch was cancelled before this request was run");
    if (type == "expired")
        return fail(out, cause::expired, outcome::expired, "the batch expired before this request was run");
    not_understood(out, "a result of an unknown type");
}

} // namespace

result_line anthropic::decode(std::string_view line) const {
    return decode_line(line, read_message_line);
}

} // namespace smelt::provider
