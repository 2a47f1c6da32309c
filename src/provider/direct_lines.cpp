#include "direct_lines.hpp"

#include "json_escape.hpp"
#include "remote_service.hpp"

#include "smelt/core/text.hpp"

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

std::string begin_line(std::string_view custom_id) {
    std::string line = "{\"custom_id\":";
    append_json_string(custom_id, line);
    return line;
}

/// An error object with a message, for bodies that are no JSON: a proxy's page, or nothing.
std::string error_object(std::string_view type, std::string_view message) {
    std::string out = R"({"error":{"type":)";
    append_json_string(type, out);
    out += ",\"message\":";
    append_json_string(clip_utf8(message, longest_message), out);
    return out + "}}";
}

std::string readable(const http::response &answer) {
    if (json::accept(answer.body))
        return one_line(answer.body);
    return error_object("unreadable", "HTTP " + std::to_string(answer.status) + " with a body that is not JSON");
}

std::string chat_answered(std::string_view custom_id, const http::response &answer) {
    const bool unreadable = is_success(answer) && !json::accept(answer.body);
    auto line = begin_line(custom_id) + R"(,"response":{"status_code":)";
    line += unreadable ? "502" : std::to_string(answer.status);
    return line + ",\"body\":" + readable(answer) + "}}\n";
}

std::string chat_broken(std::string_view custom_id, std::string_view message) {
    const auto error = error_object("connection", message);
    return begin_line(custom_id) + "," + error.substr(1, error.size() - 2) + "}\n";
}

std::string message_answered(std::string_view custom_id, const http::response &answer) {
    const bool succeeded = is_success(answer) && json::accept(answer.body);
    return begin_line(custom_id) +
           (succeeded ? R"(,"result":{"type":"succeeded","message":)" : R"(,"result":{"type":"errored","error":)") +
           readable(answer) + "}}\n";
}

std::string message_broken(std::string_view custom_id, std::string_view message) {
    return begin_line(custom_id) + R"(,"result":{"type":"errored","error":)" + error_object("connection", message) +
           "}}\n";
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
