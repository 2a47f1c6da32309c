#include "corrupt_line.hpp"

#include "corrupt_answer.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace smelt::sim {
namespace {

using edit = std::function<void(json &)>;

/// The answer's body within a line of any dialect; the whole of it where it came alone.
json &body_of(json &line) {
    const auto inner = [](json &holder, const char *name) -> json * {
        const auto at = holder.is_object() ? holder.find(name) : holder.end();
        return holder.is_object() && at != holder.end() && at->is_object() ? &*at : nullptr;
    };
    if (json *result = inner(line, "result"))
        return inner(*result, "message") != nullptr ? *inner(*result, "message") : *result;
    if (json *response = inner(line, "response"))
        return inner(*response, "body") != nullptr ? *inner(*response, "body") : *response;
    return line;
}

bool is_count(const std::string &name, const json &value) {
    return value.is_number() || (value.is_string() && name.ends_with("Count"));
}

/// The prompt's tokens, of which the cached ones are a part.
void raise_cached(json &usage) {
    constexpr std::int64_t more = 1000;
    std::int64_t prompt = more;
    for (const char *name : {"prompt_tokens", "input_tokens", "promptTokenCount"})
        if (const auto at = usage.find(name); at != usage.end() && at->is_number_integer())
            prompt += at->get<std::int64_t>();
    for (const char *details : {"prompt_tokens_details", "input_tokens_details"})
        if (const auto at = usage.find(details); at != usage.end() && at->is_object())
            (*at)["cached_tokens"] = prompt;
    for (const char *name : {"num_cached_tokens", "cache_read_input_tokens"})
        if (usage.contains(name))
            usage[name] = prompt;
    if (usage.contains("promptTokenCount"))
        usage["cachedContentTokenCount"] = prompt;
}

void make_usage_odd(const std::string &kind, json &line) {
    json &body = body_of(line);
    const char *name = body.contains("usageMetadata") ? "usageMetadata" : "usage";
    if (!body.contains(name))
        return;
    if (kind == "missing")
        body.erase(name);
    else if (kind == "null")
        body[name] = nullptr;
    else if (kind == "cached")
        raise_cached(body[name]);
    else
        make_counts_odd(kind, body[name]);
}

void put_error(const batch_faults &faults, json &line) {
    const std::string text = faults.message.empty() ? "Simulated error in a 200." : faults.message;
    body_of(line) = {{"error", {{"message", text}, {"code", faults.error_code}}}};
}

/// What a model says and thinks before it answers; phases as the service names them.
void add_commentary(json &line) {
    json &body = body_of(line);
    const auto output = body.find("output");
    if (output == body.end() || !output->is_array())
        return;
    const auto message = [](const char *id, const char *text) {
        const json part = {
            {"type", "output_text"}, {"annotations", json::array()}, {"logprobs", json::array()}, {"text", text}};
        return json{{"id", id},
                    {"type", "message"},
                    {"role", "assistant"},
                    {"status", "completed"},
                    {"phase", "commentary"},
                    {"content", json::array({part})}};
    };
    json items = json::array();
    items.push_back({{"id", "rs_simulated"}, {"type", "reasoning"}, {"summary", json::array()}});
    items.push_back(message("msg_simulated_1", "[simulated] Let me look at the text first."));
    items.push_back(message("msg_simulated_2", "[simulated] Now I write it down."));
    for (json &item : *output) {
        item["phase"] = "final_answer";
        items.push_back(std::move(item));
    }
    *output = std::move(items);
}

void put_body_as_text(json &line) {
    const auto response = line.find("response");
    if (response == line.end() || !response->is_object() || !response->contains("body"))
        return;
    json &body = (*response)["body"];
    body = body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<edit> take_edits(batch_faults &faults, bool &is_answer) {
    std::vector<edit> edits;
    if (spend(faults.odd_usage_lines))
        edits.emplace_back([kind = faults.odd_usage](json &line) { make_usage_odd(kind, line); });
    if (spend(faults.commentary_lines))
        edits.emplace_back(add_commentary);
    if (spend(faults.empty_error_lines))
        edits.emplace_back([](json &line) { line["error"] = json::object(); });
    if (spend(faults.error_body_lines)) {
        is_answer = false;
        edits.emplace_back([&faults](json &line) { put_error(faults, line); });
    }
    if (spend(faults.text_body_lines))
        edits.emplace_back(put_body_as_text);
    return edits;
}

} // namespace

json odd_count(const std::string &kind, const json &value) {
    constexpr std::int64_t huge = 3'000'000'000;
    constexpr double giant = 1e30;
    json odd;
    if (kind == "huge")
        odd = huge;
    else if (kind == "giant")
        odd = giant;
    else if (kind == "negative")
        odd = -1;
    else if (kind == "text")
        return value.is_string() ? value : json(value.dump());
    // Where counts come as texts, odd ones do, too.
    return value.is_string() && !odd.is_null() ? json(odd.dump()) : odd;
}

void make_counts_odd(const std::string &kind, json &object) {
    for (auto &[name, value] : object.items())
        if (is_count(name, value))
            value = odd_count(kind, value);
}

bool corrupt_line(batch_faults &faults, std::string &out, std::size_t begin) {
    bool is_answer = true;
    const auto edits = take_edits(faults, is_answer);
    if (edits.empty())
        return true;
    std::string changed;
    for (std::size_t at = begin; at < out.size();) {
        const auto end = std::min(out.find('\n', at), out.size());
        json line = json::parse(std::string_view{out}.substr(at, end - at), nullptr, false);
        if (line.is_object())
            for (const auto &change : edits)
                change(line);
        changed +=
            line.is_object() ? line.dump(-1, ' ', false, json::error_handler_t::replace) : out.substr(at, end - at);
        changed += end < out.size() ? "\n" : "";
        at = end + 1;
    }
    out.replace(begin, std::string::npos, changed);
    return is_answer;
}

} // namespace smelt::sim
