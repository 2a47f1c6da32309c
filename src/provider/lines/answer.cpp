#include "answer.hpp"

#include "provider/numbers.hpp"
#include "provider/reason.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_reason = 2000;

/// Zero when the service leaves it out.
std::optional<std::int64_t> detail(const node &usage, std::string_view details, std::string_view name) {
    const auto *inner = member(usage, details);
    return inner == nullptr ? std::optional<std::int64_t>{0} : count_or_zero(*inner, name);
}

std::string empty_message(const answer_parts &parts) {
    std::string out = "the answer is empty";
    if (!parts.elsewhere.empty())
        out += "; there is text in " + parts.elsewhere;
    if (!parts.finish.empty())
        out += " (finish reason: " + parts.finish + ")";
    return out;
}

} // namespace

void fail(result_line &out, cause_kind cause, outcome_kind outcome, std::string_view message) {
    out.cause = cause;
    out.outcome = outcome;
    out.message = clip_utf8(message, longest_reason);
    std::replace(out.message.begin(), out.message.end(), '\0', '?');
    for (auto bad = invalid_utf8_at(out.message); bad != std::string::npos; bad = invalid_utf8_at(out.message))
        out.message[bad] = '?';
}

void conclude(answer_parts parts, result_line &out) {
    out.answer = std::move(parts.text);
    if (parts.finish == "content_filter")
        fail(out, cause_kind::content_filter, outcome_kind::errored,
             parts.refusal.empty() ? "the provider's content filter stopped the answer" : parts.refusal);
    else if (!trim(parts.refusal).empty())
        fail(out, cause_kind::refused, outcome_kind::errored, parts.refusal);
    else if (parts.finish == "length" || parts.finish == "model_length")
        fail(out, cause_kind::truncated, outcome_kind::rejected, "the answer was cut at the token limit");
    else if (parts.finish == "error")
        fail(out, cause_kind::transport, outcome_kind::errored, "the provider stopped with an error");
    else if (trim(out.answer).empty())
        fail(out, cause_kind::empty, outcome_kind::rejected, empty_message(parts));
}

void fail_by_error(const node &error, result_line &out) {
    const auto why = reason_in(error);
    const auto status = status_in(why.code);
    // What says nothing about itself may pass.
    const bool passing = status ? is_passing_status(*status) : why.code.empty() || is_passing_word(why.code);
    fail(out, passing ? cause_kind::transport : cause_kind::rejected_request, outcome_kind::errored, sentence_of(why));
}

void read_model(const node &body, std::string_view name, result_line &out) {
    out.model = text_member(body, name);
    if (out.model.find('\0') != std::string::npos || invalid_utf8_at(out.model) != std::string::npos)
        out.model.clear();
}

void expect_usage(bool told, result_line &out) {
    const bool counted = out.tokens.input > 0 || out.tokens.output > 0;
    if (!told || (!counted && !out.answer.empty()))
        out.tokens.known = false;
}

void read_usage(const node &body, result_line &out) {
    read_model(body, "model", out);
    const auto *usage = member(body, "usage");
    if (usage == nullptr)
        return;
    const bool chat = member(*usage, "prompt_tokens") != nullptr || member(*usage, "completion_tokens") != nullptr;
    told_usage told;
    told.input = count_of(*usage, chat ? "prompt_tokens" : "input_tokens");
    told.output = count_of(*usage, chat ? "completion_tokens" : "output_tokens");
    const auto cached = detail(*usage, chat ? "prompt_tokens_details" : "input_tokens_details", "cached_tokens");
    const auto at_mistral = count_or_zero(*usage, "num_cached_tokens");
    if (cached && at_mistral)
        told.cached = std::max(*cached, *at_mistral);
    told.reasoning = detail(*usage, chat ? "completion_tokens_details" : "output_tokens_details", "reasoning_tokens");
    out.tokens = usage_of(told);
}

} // namespace smelt::provider
