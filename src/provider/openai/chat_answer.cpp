#include "provider/lines/answer.hpp"
#include "provider/reason.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/writer.hpp"

namespace smelt::provider {
namespace {

/// "reasoning", "thinking", "summary_text", "redacted_thinking", …
bool is_thinking(const node &part) {
    const auto type = text_member(part, "type");
    const auto *thought = member(part, "thought");
    for (const std::string_view word : {"reason", "think", "summary"})
        if (type.find(word) != std::string_view::npos)
            return true;
    return thought != nullptr && thought->is_true();
}

bool is_text_part(const node &content) {
    const auto type = text_member(content, "type");
    return (type == "text" || type == "output_text") && !text_member(content, "text").empty();
}

/// Where a message without content holds text. Arguments of a tool are no answer: no tool was offered.
std::string elsewhere_in(const node &message) {
    for (const std::string_view name : {"reasoning_content", "reasoning", "thinking", "reasoning_details"})
        if (const auto *value = member(message, name);
            value != nullptr && (!trim(text_in(*value)).empty() || (value->has_elements())))
            return std::string{name};
    const auto *calls = member(message, "tool_calls");
    if (calls != nullptr && calls->has_elements())
        return "tool_calls";
    return member(message, "function_call") != nullptr ? "function_call" : "";
}

/// The answer may be the document itself where its text should be: nothing else can be meant by an object.
std::string object_as_text(const node &content) {
    std::string out;
    json_text::append_json(out, content);
    return out;
}

void read_content(const node &message, answer_parts &into) {
    into.refusal = text_member(message, "refusal");
    const auto *content = member(message, "content");
    if (content != nullptr && content->is(node_kind::string))
        into.text = text_in(*content);
    else if (content != nullptr && content->is(node_kind::array))
        append_parts(*content, into);
    else if (content != nullptr && content->is(node_kind::object))
        into.text = is_text_part(*content) ? std::string{text_member(*content, "text")} : object_as_text(*content);
    if (into.text.empty() && into.elsewhere.empty())
        into.elsewhere = elsewhere_in(message);
}

} // namespace

void append_parts(const node &parts, answer_parts &into) {
    for (const auto &part : parts.children()) {
        if (is_thinking(part)) {
            into.elsewhere = text_member(part, "type");
            continue;
        }
        into.text += part.is(node_kind::string) ? text_in(part) : text_member(part, "text");
        into.refusal += text_member(part, "refusal");
    }
}

void read_chat(const node &body, result_line &out) {
    const auto *choices = member(body, "choices");
    if (choices == nullptr || !choices->has_elements()) {
        expect_usage(member(body, "usage") != nullptr, out);
        return fail(out, cause_kind::empty, outcome_kind::rejected, "the answer holds no choices");
    }
    const auto &choice = *choices->first();
    if (const auto *error = error_member(choice))
        return fail_by_error(*error, out);
    answer_parts parts;
    parts.finish = text_member(choice, "finish_reason");
    if (const auto *message = member(choice, "message"))
        read_content(*message, parts);
    conclude(std::move(parts), out);
    expect_usage(member(body, "usage") != nullptr, out);
}

} // namespace smelt::provider
