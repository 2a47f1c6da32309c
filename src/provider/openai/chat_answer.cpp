#include "answer.hpp"
#include "provider/lines/raw_json.hpp"
#include "provider/lines/reason.hpp"

#include "smelt/base/text.hpp"

namespace smelt::provider {
namespace {

std::string_view text_in(const json_value &value) {
    return value.IsString() ? std::string_view{value.GetString(), value.GetStringLength()} : std::string_view{};
}

/// "reasoning", "thinking", "summary_text", "redacted_thinking", …
bool is_thinking(const json_value &part) {
    const auto type = text_member(part, "type");
    const auto *thought = member(part, "thought");
    for (const std::string_view word : {"reason", "think", "summary"})
        if (type.find(word) != std::string_view::npos)
            return true;
    return thought != nullptr && thought->IsTrue();
}

bool is_text_part(const json_value &content) {
    const auto type = text_member(content, "type");
    return (type == "text" || type == "output_text") && !text_member(content, "text").empty();
}

/// Where a message without content holds text. Arguments of a tool are no answer: no tool was offered.
std::string elsewhere_in(const json_value &message) {
    for (const std::string_view name : {"reasoning_content", "reasoning", "thinking", "reasoning_details"})
        if (const auto *value = member(message, name);
            value != nullptr && (!trim(text_in(*value)).empty() || (value->IsArray() && !value->Empty())))
            return std::string{name};
    const auto *calls = member(message, "tool_calls");
    if (calls != nullptr && calls->IsArray() && !calls->Empty())
        return "tool_calls";
    return member(message, "function_call") != nullptr ? "function_call" : "";
}

/// The answer may be the document itself where its text should be: nothing else can be meant by an object.
std::string object_as_text(const body_source &written) {
    const auto body = written.whole.empty() ? raw_member(raw_member(written.line, "response"), "body") : written.whole;
    const auto choice = raw_element(raw_member(body, "choices"), 0);
    return std::string{raw_member(raw_member(choice, "message"), "content")};
}

void read_content(const json_value &message, const body_source &written, answer_parts &into) {
    into.refusal = text_member(message, "refusal");
    const auto *content = member(message, "content");
    if (content != nullptr && content->IsString())
        into.text = text_in(*content);
    else if (content != nullptr && content->IsArray())
        append_parts(*content, into);
    else if (content != nullptr && content->IsObject())
        into.text = is_text_part(*content) ? std::string{text_member(*content, "text")} : object_as_text(written);
    if (into.text.empty() && into.elsewhere.empty())
        into.elsewhere = elsewhere_in(message);
}

} // namespace

void append_parts(const json_value &parts, answer_parts &into) {
    for (const auto &part : parts.GetArray()) {
        if (is_thinking(part)) {
            into.elsewhere = text_member(part, "type");
            continue;
        }
        into.text += part.IsString() ? text_in(part) : text_member(part, "text");
        into.refusal += text_member(part, "refusal");
    }
}

void read_chat(const json_value &body, const body_source &written, result_line &out) {
    const auto *choices = member(body, "choices");
    if (choices == nullptr || !choices->IsArray() || choices->Empty()) {
        expect_usage(member(body, "usage") != nullptr, out);
        return fail(out, cause_kind::empty, outcome_kind::rejected, "the answer holds no choices");
    }
    const auto &choice = (*choices)[0];
    if (const auto *error = error_member(choice))
        return fail_by_error(*error, out);
    answer_parts parts;
    parts.finish = text_member(choice, "finish_reason");
    if (const auto *message = member(choice, "message"))
        read_content(*message, written, parts);
    conclude(std::move(parts), out);
    expect_usage(member(body, "usage") != nullptr, out);
}

} // namespace smelt::provider
