#include "lines.hpp"
#include "simulator/requests/request_parts.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {
namespace {

constexpr std::array known_members{"model", "contents",   "systemInstruction", "generationConfig", "safetySettings",
                                   "tools", "toolConfig", "cachedContent",     "serviceTier",      "store",
                                   "labels"};

/// The first reason counts.
void refuse(request_line &line, const std::string &why) {
    if (line.refused.message.empty())
        line.refused.message = why;
}

/// One content: a role and parts with texts. False: not JSON, or no such object.
bool read_one_content(json_scan &scan, request_line &line, const char *begin) {
    std::string_view role;
    std::string_view text;
    bool has_parts = false;
    std::string unknown;
    if (scan.peek() != '{')
        return false;
    const bool read = scan.object([&](std::string_view key) {
        if (key == "parts" && scan.peek() == '[') {
            const bool good = read_content(scan, text);
            has_parts = text.data() != nullptr;
            return good;
        }
        std::string_view value;
        if (!optional_string(scan, value))
            return false;
        if (key == "role")
            role = value;
        else if (key != "parts")
            unknown = key;
        return true;
    });
    if (!unknown.empty())
        refuse(line, unknown_name(unknown, "request.contents"));
    if (!has_parts)
        refuse(line, "contents.parts must not be empty.");
    note_message(line, role.empty() ? "user" : role, text, {begin, static_cast<std::size_t>(scan.position() - begin)});
    return read;
}

bool read_contents(json_scan &scan, request_line &line, const char *begin) {
    std::size_t count = 0;
    const bool good = scan.array([&] {
        ++count;
        return read_one_content(scan, line, begin);
    });
    line.has_messages = count > 0;
    return good;
}

bool read_member(json_scan &scan, const std::string &name, request_line &line) {
    std::string_view value;
    if (!scan.value(value))
        return false;
    if (name == "generationConfig")
        line.format = value;
    else if (std::find(known_members.begin(), known_members.end(), name) == known_members.end())
        refuse(line, unknown_name(name, "request"));
    return true;
}

bool read_request(json_scan &scan, request_line &line) {
    if (scan.peek() != '{')
        return optional_string(scan, line.body);
    line.has_body = true;
    const char *begin = scan.position();
    const char *after_contents = nullptr;
    const bool good = scan.object([&](std::string_view key) {
        if (key != "contents" || scan.peek() != '[')
            return read_member(scan, camel_case(key), line);
        const bool read = read_contents(scan, line, begin);
        after_contents = scan.position();
        return read;
    });
    if (!good)
        return false;
    note_body(line, begin, after_contents, scan.position());
    if (!line.has_messages)
        refuse(line, "contents is not specified");
    if (!line.first_odd_role.empty())
        refuse(line, "Please use a valid role: user, model.");
    return true;
}

} // namespace

std::string camel_case(std::string_view name) {
    std::string out;
    bool raise = false;
    for (const char c : name) {
        if (c == '_' && !out.empty()) {
            raise = true;
            continue;
        }
        out.push_back(raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        raise = false;
    }
    return out;
}

request_line parse_gemini_request(std::string_view text) {
    request_line line;
    line.spoken = dialect::gemini;
    std::string unknown;
    json_scan scan{text};
    const bool good = scan.object([&](std::string_view key) {
        if (key == "key")
            return optional_string(scan, line.custom_id);
        if (key == "request")
            return read_request(scan, line);
        std::string_view ignored;
        if (key != "metadata" || scan.peek() != '{') {
            unknown = key;
            return scan.value(ignored);
        }
        return scan.object([&](std::string_view name) {
            return name == "key" ? optional_string(scan, line.custom_id) : scan.value(ignored);
        });
    });
    line.is_json = good && scan.at_end() && is_utf8(text);
    if (!unknown.empty())
        line.refused.message = unknown_name(unknown, "");
    return line;
}

} // namespace smelt::sim
