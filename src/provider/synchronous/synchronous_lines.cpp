#include "synchronous_lines.hpp"

#include "provider/lines/line_document.hpp"
#include "provider/reason.hpp"
#include "provider/remote_service.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <stdexcept>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;

/// JSON on one line: its line breaks stand between tokens only.
std::string one_line(std::string_view body) {
    std::string out{body};
    std::ranges::replace_if(
        out, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return out;
}

/// Goes with a line whose answer may have been paid for although nobody has it.
constexpr std::string_view lost = R"(,"answer_lost":true)";

std::string begin_line(std::string_view custom_id) {
    std::string line = "{\"custom_id\":";
    json_text::append_json_string(line, custom_id);
    return line;
}

/// An error object with a message, for bodies that are no JSON: a proxy's page, or empty.
std::string error_object(std::string_view type, std::string_view message) {
    std::string out = R"({"error":{"type":)";
    json_text::append_json_string(out, type);
    out += ",\"message\":";
    json_text::append_json_string(out, clip_utf8(message, longest_message));
    return out + "}}";
}

bool is_json(std::string_view body) {
    static thread_local line_document document;
    return document.parse(body) != nullptr || document.lone_surrogate();
}

/// Nothing that a decoder could read; for people.
std::string not_json(const http::response &answer) {
    const auto said = reason_of(answer.body).message;
    return "HTTP " + std::to_string(answer.status) + " with a body that is not JSON" +
           (said.empty() ? "" : ": " + said);
}

std::string chat_error(std::string_view custom_id, std::string_view type, std::string_view message) {
    const auto error = error_object(type, message);
    return begin_line(custom_id).append(lost) + "," + error.substr(1, error.size() - 2) + "}\n";
}

std::string chat_answered(std::string_view custom_id, const http::response &answer) {
    const auto body = without_mark(answer.body);
    const bool readable = is_json(body);
    if (is_success(answer) && !readable)
        return chat_error(custom_id, "unreadable", not_json(answer));
    return begin_line(custom_id) + R"(,"response":{"status_code":)" + std::to_string(answer.status) +
           ",\"body\":" + (readable ? one_line(body) : error_object({}, reason_of(answer.body).message)) + "}}\n";
}

std::string chat_broken(std::string_view custom_id, std::string_view message) {
    return chat_error(custom_id, "connection", message);
}

std::string message_error(std::string_view custom_id, std::string_view error, std::string_view more = {}) {
    return begin_line(custom_id).append(more).append(R"(,"result":{"type":"errored","error":)").append(error) + "}}\n";
}

std::string message_answered(std::string_view custom_id, const http::response &answer) {
    const auto body = without_mark(answer.body);
    const bool readable = is_json(body);
    if (is_success(answer) && readable)
        return begin_line(custom_id) + R"(,"result":{"type":"succeeded","message":)" + one_line(body) + "}}\n";
    const auto status = std::to_string(answer.status);
    if (!readable)
        return message_error(custom_id, error_object(is_success(answer) ? "unreadable" : status, not_json(answer)),
                             is_success(answer) ? lost : std::string_view{});
    if (is_passing_status(answer.status))
        return message_error(custom_id, one_line(body));
    // The status says more surely than the words of the error that the request is to blame.
    return message_error(custom_id, error_object(status, "HTTP " + status + " " + sentence_of(reason_of(body))));
}

std::string message_broken(std::string_view custom_id, std::string_view message) {
    return message_error(custom_id, error_object("connection", message), lost);
}

} // namespace

const line_format chat_lines{chat_answered, chat_broken};
const line_format message_lines{message_answered, message_broken};

request_parts split_request(std::string_view line, std::string_view member) {
    constexpr std::string_view id_member = "{\"custom_id\":\"";
    const auto id_end = line.starts_with(id_member) ? line.find('"', id_member.size()) : std::string_view::npos;
    const auto before = ",\"" + std::string{member} + "\":";
    const auto rest = trim(line.substr(std::min(id_end, line.size())));
    if (rest.size() < before.size() + 2 || rest.substr(1, before.size()) != before || rest.back() != '}')
        throw std::logic_error{"a request line that its encoder has not written"};
    return {line.substr(id_member.size(), id_end - id_member.size()),
            rest.substr(1 + before.size(), rest.size() - before.size() - 2)};
}

} // namespace smelt::provider
