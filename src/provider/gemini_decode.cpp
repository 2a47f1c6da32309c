#include "gemini.hpp"
#include "line_decoder.hpp"
#include "openai_answer.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

void read_token_counts(const json_value &response, result_line &out) {
    read_model(response, "modelVersion", out);
    const auto *usage = member(response, "usageMetadata");
    if (usage == nullptr)
        return;
    out.tokens.input = count_member(*usage, "promptTokenCount");
    out.tokens.cached = count_member(*usage, "cachedContentTokenCount");
    out.tokens.reasoning = count_member(*usage, "thoughtsTokenCount");
    out.tokens.output = count_member(*usage, "candidatesTokenCount") + out.tokens.reasoning;
}

/// Without the parts in which the model thinks aloud.
std::string text_of_parts(const json_value &candidate) {
    std::string text;
    const auto *content = member(candidate, "content");
    const auto *parts = content == nullptr ? nullptr : member(*content, "parts");
    if (parts == nullptr || !parts->IsArray())
        return text;
    for (const auto &part : parts->GetArray()) {
        const auto *thought = member(part, "thought");
        if (thought == nullptr || !thought->IsTrue())
            text += text_member(part, "text");
    }
    return text;
}

bool is_filtered(std::string_view reason) {
    static constexpr std::array<std::string_view, 6> words{"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT",
                                                           "SPII",   "LANGUAGE"};
    return std::find(words.begin(), words.end(), reason) != words.end();
}

std::string_view common_reason(std::string_view reason) {
    if (reason == "MAX_TOKENS")
        return "length";
    return is_filtered(reason) ? "content_filter" : reason;
}

void read_response(const json_value &response, result_line &out) {
    read_token_counts(response, out);
    if (const auto *feedback = member(response, "promptFeedback"))
        if (const auto why = text_member(*feedback, "blockReason"); !why.empty())
            return fail(out, cause::content_filter, outcome::errored, "the prompt was blocked: " + std::string{why});
    const auto *candidates = member(response, "candidates");
    if (candidates == nullptr || !candidates->IsArray() || candidates->Empty())
        return fail(out, cause::empty, outcome::rejected, "the answer holds no candidates");
    const auto &candidate = (*candidates)[0];
    conclude(text_of_parts(candidate), {}, common_reason(text_member(candidate, "finishReason")), out);
}

/// google.rpc.Status: a code of HTTP or of gRPC, and often its name. What nobody knows may pass.
bool is_for_good(std::int64_t code, std::string_view status) {
    static constexpr std::array<std::int64_t, 12> codes{3, 5, 6, 7, 9, 11, 12, 16, 400, 401, 403, 404};
    static constexpr std::array<std::string_view, 8> words{"INVALID_ARGUMENT",  "NOT_FOUND",           "ALREADY_EXISTS",
                                                           "PERMISSION_DENIED", "FAILED_PRECONDITION", "OUT_OF_RANGE",
                                                           "UNIMPLEMENTED",     "UNAUTHENTICATED"};
    return std::find(codes.begin(), codes.end(), code) != codes.end() ||
           std::find(words.begin(), words.end(), status) != words.end();
}

void read_error(const json_value &error, result_line &out) {
    const auto code = count_member(error, "code");
    const auto status = text_member(error, "status");
    auto message = text_member(error, "message");
    if (message.empty())
        message = status.empty() ? std::string_view{"the request failed"} : status;
    constexpr std::int64_t grpc_cancelled = 1;
    if (status == "CANCELLED" || code == grpc_cancelled || code == 499)
        return fail(out, cause::cancelled, outcome::cancelled, message);
    fail(out, is_for_good(code, status) ? cause::rejected_request : cause::transport, outcome::errored, message);
}

/// `key` stands in the line of a file and in the metadata of an inlined answer.
void read_gemini_line(const json_value &line, result_line &out) {
    out.custom_id = text_member(line, "key");
    if (const auto *metadata = member(line, "metadata"); out.custom_id.empty() && metadata != nullptr)
        out.custom_id = text_member(*metadata, "key");
    if (const auto *error = member(line, "error"))
        return read_error(*error, out);
    if (const auto *response = member(line, "response"))
        return read_response(*response, out);
    // In a file an error may also stand there without a name of its own.
    if (member(line, "code") != nullptr && member(line, "message") != nullptr)
        return read_error(line, out);
    fail(out, cause::transport, outcome::errored, "the line holds neither a response nor an error");
}

} // namespace

result_line gemini::decode(std::string_view line) const {
    return decode_line(line, read_gemini_line, "key");
}

} // namespace smelt::provider
