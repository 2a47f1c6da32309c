#include "gemini.hpp"
#include "provider/lines/answer.hpp"
#include "provider/lines/line_decoder.hpp"
#include "provider/numbers.hpp"
#include "provider/reason.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

void read_token_counts(const node &response, result_line &out) {
    read_model(response, "modelVersion", out);
    const auto *usage = member(response, "usageMetadata");
    if (usage == nullptr)
        return;
    // Members that are zero are left out.
    told_usage told;
    told.input = count_or_zero(*usage, "promptTokenCount");
    told.cached = count_or_zero(*usage, "cachedContentTokenCount");
    told.reasoning = count_or_zero(*usage, "thoughtsTokenCount");
    const auto answer = count_or_zero(*usage, "candidatesTokenCount");
    if (answer && told.reasoning && *answer + *told.reasoning <= most_counted)
        told.output = *answer + *told.reasoning;
    out.tokens = usage_of(told);
}

/// Without the parts in which the model thinks aloud.
void read_parts(const node &candidate, answer_parts &into) {
    const auto *content = member(candidate, "content");
    const auto *parts = content == nullptr ? nullptr : member(*content, "parts");
    if (parts == nullptr || !parts->is(node_kind::array))
        return;
    for (const auto &part : parts->children()) {
        const auto *thought = member(part, "thought");
        if (thought != nullptr && thought->is_true())
            into.elsewhere = "thoughts";
        else if (member(part, "functionCall") != nullptr)
            into.elsewhere = "functionCall";
        else
            into.text += text_member(part, "text");
    }
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

std::string filter_words(std::string_view finish, std::string_view message) {
    auto out = "the provider's content filter stopped the answer (" + std::string{finish} + ")";
    return message.empty() ? out : out.append(": ").append(message);
}

void read_response(const node &response, result_line &out) {
    read_token_counts(response, out);
    if (const auto *feedback = member(response, "promptFeedback"))
        if (const auto why = text_member(*feedback, "blockReason"); !why.empty())
            return fail(out, cause_kind::content_filter, outcome_kind::errored,
                        "the prompt was blocked: " + std::string{why});
    const auto *candidates = member(response, "candidates");
    const bool told = member(response, "usageMetadata") != nullptr;
    if (candidates == nullptr || !candidates->has_elements()) {
        expect_usage(told, out);
        return fail(out, cause_kind::empty, outcome_kind::rejected, "the answer holds no candidates");
    }
    const auto &candidate = *candidates->first();
    const auto finish = text_member(candidate, "finishReason");
    answer_parts parts;
    read_parts(candidate, parts);
    parts.finish = common_reason(finish);
    if (parts.finish == "content_filter")
        parts.refusal = filter_words(finish, text_member(candidate, "finishMessage"));
    conclude(std::move(parts), out);
    expect_usage(told, out);
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

void read_error(const node &error, result_line &out) {
    const auto code = count_of(error, "code").value_or(0);
    const auto status = text_member(error, "status");
    std::string message = reason_in(error).message;
    if (message.empty())
        message = status.empty() ? "the request failed" : std::string{status};
    constexpr std::int64_t grpc_cancelled = 1;
    if (status == "CANCELLED" || code == grpc_cancelled || code == 499)
        return fail(out, cause_kind::cancelled, outcome_kind::cancelled, message);
    fail(out, is_for_good(code, status) ? cause_kind::rejected_request : cause_kind::transport, outcome_kind::errored,
         message);
}

/// `key` stands in the line of a file and in the metadata of an inlined answer.
void read_gemini_line(const node &line, result_line &out) {
    out.custom_id = text_member(line, "key");
    if (const auto *metadata = member(line, "metadata"); out.custom_id.empty() && metadata != nullptr)
        out.custom_id = text_member(*metadata, "key");
    if (const auto *error = error_member(line))
        return read_error(*error, out);
    if (const auto *response = member(line, "response"))
        return read_response(*response, out);
    // In a file an error may also stand there without a name of its own.
    if (member(line, "code") != nullptr && member(line, "message") != nullptr)
        return read_error(line, out);
    fail(out, cause_kind::transport, outcome_kind::errored, "the line holds neither a response nor an error");
}

} // namespace

result_line gemini::decode(std::string_view line) const {
    return decode_line(line, read_gemini_line, "key");
}

} // namespace smelt::provider
