#include "request_line.hpp"

#include "json_scan.hpp"
#include "request_parts.hpp"
#include "simulator/mix.hpp"

#include "smelt/base/text.hpp"

#include <charconv>
#include <cstring>

namespace smelt::sim {
namespace {

bool all_ascii(std::string_view text) {
    std::uint64_t seen = 0;
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        seen |= word;
        text.remove_prefix(8);
    }
    for (const char c : text)
        seen |= static_cast<unsigned char>(c);
    return (seen & 0x8080808080808080ULL) == 0;
}

/// With these Smelt begins the message that tells a model what was wrong with its answer.
constexpr std::string_view feedback_words = "The previous answer was not accepted";

} // namespace

bool optional_string(json_scan &scan, std::string_view &out) {
    std::string_view ignored;
    return scan.peek() == '"' ? scan.string(out) : scan.value(ignored);
}

bool read_content(json_scan &scan, std::string_view &text) {
    if (scan.peek() != '[')
        return optional_string(scan, text);
    return scan.array([&] {
        if (scan.peek() != '{')
            return optional_string(scan, text);
        return scan.object([&](std::string_view key) {
            std::string_view value;
            if (!optional_string(scan, value))
                return false;
            if (key == "text" && text.empty())
                text = value;
            return true;
        });
    });
}

void note_message(request_line &line, std::string_view role, std::string_view text, std::string_view head) {
    const bool by_model = role == "assistant" || role == "model";
    const bool by_user = role == "user";
    line.last_role = role;
    if (!by_model && !by_user && line.first_odd_role.empty())
        line.first_odd_role = role;
    line.feedback = line.feedback || (by_user && text.starts_with(feedback_words));
    if (line.feedback || by_model) // a model's message belongs to the user's that follows: an example, or feedback
        return;
    line.head = head;
    if (by_user)
        line.user = text;
}

namespace {

std::string_view since(const char *from, const json_scan &scan) {
    return {from, static_cast<std::size_t>(scan.position() - from)};
}

/// One message; text is its first one. False: not JSON.
bool read_message(json_scan &scan, seen_message &seen, std::string_view &text, const body_rules *rules) {
    seen.is_object = scan.peek() == '{';
    if (!seen.is_object)
        return scan.value(seen.content);
    return scan.object([&](std::string_view key) {
        if (rules != nullptr && seen.unknown.empty() && !knows_message_member(*rules, key))
            seen.unknown = key;
        if (key == "content") {
            const char *from = scan.position();
            const bool good = read_content(scan, text);
            seen.content = since(from, scan);
            return good;
        }
        std::string_view value;
        if (!optional_string(scan, value))
            return false;
        if (key == "role")
            seen.role = value;
        else if (key == "type")
            seen.type = value;
        return true;
    });
}

} // namespace

bool read_messages(json_scan &scan, request_line &line, const char *body_begin, std::string_view member,
                   const body_rules *rules) {
    line.has_messages = true;
    if (scan.peek() == '"') { // input of /v1/responses may be a plain text
        if (!scan.string(line.user))
            return false;
        line.head = since(body_begin, scan);
        return true;
    }
    std::int64_t count = 0;
    const bool good = scan.array([&] {
        seen_message seen;
        std::string_view text;
        if (!read_message(scan, seen, text, rules))
            return false;
        if (rules != nullptr)
            judge_message(*rules, seen, member, count, line.flaw);
        note_message(line, seen.role, text, since(body_begin, scan));
        ++count;
        return true;
    });
    line.has_messages = count > 0;
    return good;
}

void note_body(request_line &line, const char *begin, const char *after_messages, const char *end) {
    line.body = {begin, static_cast<std::size_t>(end - begin)};
    if (line.head.empty())
        line.head = line.body;
    else
        line.tail = {after_messages, static_cast<std::size_t>(end - after_messages)};
}

bool is_utf8(std::string_view text) {
    return all_ascii(text) || invalid_utf8_at(text) == std::string_view::npos;
}

namespace {

void note_choices(std::string_view value, request_line &line) {
    constexpr int most = 128;
    int wanted = 0;
    std::from_chars(value.data(), value.data() + value.size(), wanted);
    if (wanted >= 1 && wanted <= most)
        line.choices = wanted;
}

/// What is read of a member beyond its messages.
void note_member(std::string_view key, std::string_view value, request_line &line) {
    if (key == "response_format" || key == "text")
        line.format = value;
    else if (key == "stream")
        line.streaming = value == "true";
    else if (key == "instructions")
        line.has_instructions = value != "null";
    else if (key == "max_tokens")
        line.has_max_tokens = value != "null";
    else if (key == "n")
        note_choices(value, line);
}

bool read_body(json_scan &scan, request_line &line, const body_rules *rules) {
    if (scan.peek() != '{')
        return optional_string(scan, line.body);
    line.has_body = true;
    const char *begin = scan.position();
    const char *after_messages = nullptr;
    const bool good = scan.object([&](std::string_view key) {
        const char first = scan.peek();
        const char *from = scan.position();
        std::string_view value;
        if (((key == "messages" || key == "input") && first == '[') || (key == "input" && first == '"')) {
            if (!read_messages(scan, line, begin, key, rules))
                return false;
            after_messages = scan.position();
            value = since(from, scan);
        } else if (key == "model") {
            if (!optional_string(scan, line.model))
                return false;
            value = since(from, scan);
        } else {
            if (!scan.value(value))
                return false;
            note_member(key, value, line);
            if (rules != nullptr && (key == "messages" || key == "input"))
                line.has_messages = value != "null"; // of the wrong type, which is a flaw
        }
        if (rules != nullptr)
            judge_member(rules->members, key, value, line.flaw);
        return true;
    });
    if (!good)
        return false;
    note_body(line, begin, after_messages, scan.position());
    return true;
}

} // namespace

request_line parse_request(std::string_view text, const body_rules *rules) {
    request_line line;
    json_scan scan{text};
    const bool good = scan.object([&](std::string_view key) {
        if (key == "custom_id")
            return optional_string(scan, line.custom_id);
        if (key == "method")
            return optional_string(scan, line.method);
        if (key == "url")
            return optional_string(scan, line.url);
        if (key == "body")
            return read_body(scan, line, rules);
        std::string_view ignored;
        return scan.value(ignored);
    });
    line.is_json = good && scan.at_end() && is_utf8(text);
    return line;
}

request_line parse_body(std::string_view body, const body_rules *rules) {
    request_line line;
    json_scan scan{body};
    const bool good = read_body(scan, line, rules);
    line.is_json = good && scan.at_end() && is_utf8(body);
    return line;
}

std::uint64_t body_hash(const request_line &request, std::uint64_t seed) {
    return hash_bytes(request.tail, hash_bytes(request.head, seed));
}

line_error check_request(const request_line &request, std::string_view endpoint, bool full) {
    const auto missing = [](const char *field) {
        return line_error{"missing_required_parameter", std::string{"Missing required parameter: '"} + field + "'.",
                          field, 0};
    };
    if (!request.is_json)
        return {"invalid_json_line", "This line is not parseable as valid JSON.", "", 0};
    if (request.custom_id.empty())
        return missing("custom_id");
    if (full && request.method.empty())
        return missing("method");
    if (full && request.url.empty())
        return missing("url");
    if (!request.has_body)
        return missing("body");
    if (full && request.method != "POST")
        return {"invalid_method", "The method of a batch request must be POST.", "method", 0};
    if (full && request.url != endpoint && unescape(request.url) != endpoint)
        return {"invalid_url", "The URL provided for this request does not match the batch endpoint.", "url", 0};
    line_error problem = check_body(request, endpoint);
    if (!problem.param.empty())
        problem.param.insert(0, "body.");
    return problem;
}

line_error check_body(const request_line &request, std::string_view endpoint) {
    if (request.model.empty())
        return {"invalid_request", "The request body has no model.", "model", 0};
    if (request.streaming)
        return {"streaming_unsupported", "Streaming is not supported.", "stream", 0};
    if (!request.has_messages && endpoint == "/v1/chat/completions")
        return {"invalid_request", "The request body has no messages.", "messages", 0};
    if (!request.has_messages && endpoint == "/v1/responses")
        return {"invalid_request", "The request body has no input.", "input", 0};
    return {};
}

} // namespace smelt::sim
