#include "anthropic.hpp"
#include "provider/lines/answer.hpp"
#include "provider/lines/line_decoder.hpp"
#include "provider/numbers.hpp"
#include "provider/reason.hpp"

namespace smelt::provider {
namespace {

std::optional<std::int64_t> sum(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
    return a && b && *a + *b <= most_counted ? std::optional{*a + *b} : std::nullopt;
}

/// input_tokens leaves out what came from the cache or went into it (docs/protocols.md, Anthropic result lines).
void read_message_usage(const node &message, result_line &out) {
    read_model(message, "model", out);
    const auto *usage = member(message, "usage");
    if (usage == nullptr)
        return;
    told_usage told;
    told.cached = count_or_zero(*usage, "cache_read_input_tokens");
    const auto written = count_or_zero(*usage, "cache_creation_input_tokens");
    told.input = sum(sum(count_of(*usage, "input_tokens"), told.cached), written);
    told.written = written.value_or(0);
    told.output = count_of(*usage, "output_tokens");
    told.reasoning = 0;
    out.tokens = usage_of(told);
}

/// A list of blocks; servers that copy the API also give the text itself.
void read_content(const node &message, answer_parts &into) {
    const auto *content = member(message, "content");
    if (content == nullptr || !content->is(node_kind::array)) {
        into.text = text_member(message, "content");
        return;
    }
    for (const auto &block : content->children())
        if (const auto type = text_member(block, "type"); type == "text")
            into.text += text_member(block, "text");
        else
            into.elsewhere = type;
}

std::string refusal_of(const node &message) {
    const auto *details = member(message, "stop_details");
    const auto said = details == nullptr ? std::string_view{} : text_member(*details, "explanation");
    return said.empty() ? "the model refused to answer" : std::string{said};
}

void read_succeeded(const node &result, result_line &out) {
    const auto *message = member(result, "message");
    if (message == nullptr)
        return not_understood(out, "a succeeded result without a message");
    if (const auto *error = error_member(*message))
        return fail_by_error(*error, out);
    read_message_usage(*message, out);
    const auto stop = text_member(*message, "stop_reason");
    const bool cut = stop == "max_tokens" || stop == "model_context_window_exceeded" || stop == "pause_turn";
    answer_parts parts;
    read_content(*message, parts);
    parts.finish = cut ? "length" : stop;
    if (stop == "refusal")
        parts.refusal = refusal_of(*message);
    conclude(std::move(parts), out);
    expect_usage(member(*message, "usage") != nullptr, out);
}

/// The error stands inside an error. What nobody knows may pass.
void read_errored(const node &result, result_line &out) {
    const auto *error = error_member(result);
    const auto why = error == nullptr ? reason{} : reason_in(*error);
    const auto status = status_in(why.code);
    const bool final = status ? !is_passing_status(*status) : why.code == "invalid_request_error";
    const std::string message = why.message.empty() ? "the request failed" : why.message;
    fail(out, final ? cause_kind::rejected_request : cause_kind::transport, outcome_kind::errored, message);
}

void read_message_line(const node &line, result_line &out) {
    out.custom_id = text_member(line, "custom_id");
    const auto *result = member(line, "result");
    const auto type = result == nullptr ? std::string_view{} : text_member(*result, "type");
    if (type == "succeeded")
        return read_succeeded(*result, out);
    if (type == "errored")
        return read_errored(*result, out);
    if (type == "canceled" || type == "cancelled")
        return fail(out, cause_kind::cancelled, outcome_kind::cancelled,
                    "the batch was cancelled before this request was run");
    if (type == "expired")
        return fail(out, cause_kind::expired, outcome_kind::expired, "the batch expired before this request was run");
    not_understood(out, "a result of an unknown type");
}

} // namespace

result_line anthropic::decode(std::string_view line) const {
    return decode_line(line, read_message_line);
}

} // namespace smelt::provider
