#include "provider/lines/answer.hpp"

#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <vector>

// The answer of /v1/responses: a list of items, of which several may be messages.
namespace smelt::provider {
namespace {

struct message_item {
    std::string_view id;
    std::string_view phase;
    answer_parts parts;
};

/// An item that is named again replaces what was said of it before.
void add(std::vector<message_item> &items, message_item item) {
    const auto same = std::ranges::find_if(items, [&](const auto &i) { return !i.id.empty() && i.id == item.id; });
    if (same == items.end())
        items.push_back(std::move(item));
    else if (!item.parts.text.empty() || !item.parts.refusal.empty())
        *same = std::move(item);
}

std::vector<message_item> messages_of(const node &output, std::string &elsewhere) {
    std::vector<message_item> items;
    for (const auto &entry : output.children()) {
        const auto type = text_member(entry, "type");
        if (type != "message") {
            elsewhere = type;
            continue;
        }
        message_item item{text_member(entry, "id"), text_member(entry, "phase"), {}};
        if (const auto *content = member(entry, "content"); content != nullptr && content->is(node_kind::array))
            append_parts(*content, item.parts);
        add(items, std::move(item));
    }
    return items;
}

bool is_whole_document(std::string_view text) {
    text = trim(text);
    return (text.starts_with('{') || text.starts_with('[')) && json::accept(text);
}

/// Only the final answer where phases say which that is; else all but commentary, if there is anything else.
void keep_final(std::vector<message_item> &items) {
    const auto some = [&](auto matches) { return std::ranges::any_of(items, matches); };
    const auto is_final = [](const message_item &i) { return i.phase.starts_with("final"); };
    const auto is_comment = [](const message_item &i) { return i.phase == "commentary"; };
    if (some(is_final))
        std::erase_if(items, [&](const auto &i) { return !is_final(i); });
    else if (some([&](const auto &i) { return !is_comment(i); }))
        std::erase_if(items, is_comment);
}

answer_parts joined(const std::vector<message_item> &items) {
    answer_parts out;
    for (const auto &item : items) {
        out.text += item.parts.text;
        out.refusal += item.parts.refusal;
        if (!item.parts.elsewhere.empty())
            out.elsewhere = item.parts.elsewhere;
    }
    return out;
}

/// Several messages: the last that is a whole JSON document is the answer; without one they are its pieces.
answer_parts answer_in(const node &body) {
    const auto *output = member(body, "output");
    if (output == nullptr || !output->is(node_kind::array))
        return {};
    std::string elsewhere;
    auto items = messages_of(*output, elsewhere);
    keep_final(items);
    auto out = joined(items);
    const auto whole = std::ranges::find_if(items.rbegin(), items.rend(),
                                            [](const auto &i) { return is_whole_document(i.parts.text); });
    if (items.size() > 1 && whole != items.rend())
        out.text = whole->parts.text;
    if (out.elsewhere.empty())
        out.elsewhere = std::move(elsewhere);
    return out;
}

std::string finish_of(const node &body) {
    const auto *details = member(body, "incomplete_details");
    const auto reason = details == nullptr ? std::string_view{} : text_member(*details, "reason");
    // Whatever else the reason, what is there is not the whole answer.
    return reason == "content_filter" ? "content_filter" : "length";
}

} // namespace

void read_response_object(const node &body, result_line &out) {
    const auto status = text_member(body, "status");
    if (status == "cancelled")
        return fail(out, cause_kind::cancelled, outcome_kind::cancelled, "the provider cancelled this request");
    if (!status.empty() && status != "completed" && status != "incomplete")
        return fail(out, cause_kind::transport, outcome_kind::errored, "the answer's status is " + std::string{status});
    auto parts = answer_in(body);
    if (status == "incomplete")
        parts.finish = finish_of(body);
    conclude(std::move(parts), out);
    expect_usage(member(body, "usage") != nullptr, out);
}

} // namespace smelt::provider
