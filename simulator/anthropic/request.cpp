#include "lines.hpp"
#include "simulator/requests/request_parts.hpp"

namespace smelt::sim {
namespace {

constexpr std::string_view cache_mark = "\"cache_control\"";

/// Members of params that do not go into the request_line.
struct params_seen {
    std::string_view max_tokens, system, messages, sampling;
    bool speed = false;
    bool cache_all = false;
};

bool read_param(json_scan &scan, std::string_view key, request_line &line, params_seen &seen) {
    std::string_view value;
    if (!scan.value(value))
        return false;
    if (key == "max_tokens")
        seen.max_tokens = value;
    else if (key == "system")
        seen.system = value;
    else if (key == "output_config")
        line.format = value;
    else if (key == "stream")
        line.streaming = value == "true";
    else if (key == "speed")
        seen.speed = value != "null";
    else if (key == "cache_control")
        seen.cache_all = value != "null";
    else if (key == "temperature" || key == "top_p" || key == "top_k")
        seen.sampling = key;
    else if (key == "messages")
        line.has_messages = value != "null"; // of the wrong type, which is a flaw
    judge_member(anthropic_rules.members, key, value, line.flaw);
    return true;
}

bool read_params(json_scan &scan, request_line &line, params_seen &seen) {
    if (scan.peek() != '{')
        return optional_string(scan, line.body);
    line.has_body = true;
    const char *begin = scan.position();
    const auto since = [&](const char *from) {
        return std::string_view{from, static_cast<std::size_t>(scan.position() - from)};
    };
    const char *after_messages = nullptr;
    const bool good = scan.object([&](std::string_view key) {
        if (key == "model")
            return optional_string(scan, line.model);
        if (key != "messages" || scan.peek() != '[')
            return read_param(scan, key, line, seen);
        const char *from = scan.position();
        const bool read = read_messages(scan, line, begin, key, &anthropic_rules);
        seen.messages = since(from);
        after_messages = scan.position();
        return read;
    });
    if (!good)
        return false;
    note_body(line, begin, after_messages, scan.position());
    return true;
}

/// The prefix up to the last block that is marked: all of system, and messages up to the mark.
void find_cached(request_line &line, const params_seen &seen) {
    const auto mark = seen.messages.rfind(cache_mark);
    if (seen.cache_all)
        line.cached_messages = seen.messages;
    else if (mark != std::string_view::npos)
        line.cached_messages = seen.messages.substr(0, mark);
    if (!line.cached_messages.empty() || seen.system.find(cache_mark) != std::string_view::npos)
        line.cached_system = seen.system;
}

std::string why_refused(const request_line &line, const params_seen &seen, bool takes_sampling) {
    if (line.flaw.what == body_flaw::odd_role)
        return "messages: Unexpected role \"" + std::string{line.flaw.value} +
               "\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.";
    if (line.flaw.what != body_flaw::none)
        return pydantic_words(line.flaw).message;
    if (line.model.empty())
        return "model: Field required";
    if (seen.max_tokens.empty())
        return "max_tokens: Field required";
    if (!line.has_messages)
        return "messages: at least one message is required";
    if (!seen.sampling.empty() && !takes_sampling)
        return std::string{seen.sampling} + ": not supported by this version of the API";
    if (line.last_role == "assistant" && line.format.find("\"format\"") != std::string_view::npos)
        return "output_config.format: cannot be used with a prefilled assistant message";
    return {};
}

std::string why_not_in_batches(const request_line &line, const params_seen &seen) {
    if (line.streaming)
        return "stream: streaming is not supported in batches";
    if (seen.speed)
        return "speed: not supported in batches";
    return {};
}

} // namespace

request_line parse_anthropic_params(std::string_view body, bool takes_sampling) {
    request_line line;
    line.spoken = dialect::anthropic;
    params_seen seen;
    json_scan scan{body};
    const bool good = read_params(scan, line, seen);
    line.is_json = good && scan.at_end() && is_utf8(body);
    find_cached(line, seen);
    line.refused.message = why_refused(line, seen, takes_sampling);
    return line;
}

request_line parse_anthropic_request(std::string_view text, bool takes_sampling) {
    request_line line;
    line.spoken = dialect::anthropic;
    params_seen seen;
    std::string_view unknown;
    json_scan scan{text};
    const bool good = scan.object([&](std::string_view key) {
        if (key == "custom_id")
            return optional_string(scan, line.custom_id);
        if (key == "params")
            return read_params(scan, line, seen);
        unknown = key;
        std::string_view ignored;
        return scan.value(ignored);
    });
    line.is_json = good && scan.at_end() && is_utf8(text);
    find_cached(line, seen);
    line.refused.message = unknown.empty() ? why_refused(line, seen, takes_sampling)
                                           : std::string{unknown} + ": Extra inputs are not permitted";
    if (line.refused.message.empty())
        line.refused.message = why_not_in_batches(line, seen);
    return line;
}

} // namespace smelt::sim
