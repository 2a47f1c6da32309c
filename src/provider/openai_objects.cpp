#include "openai_objects.hpp"

#include "openai.hpp"

#include "smelt/core/text.hpp"
#include "smelt/core/time.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;

const json *member(const json &object, const char *name) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::int64_t> integer_of(const json &object, const char *name) {
    const auto *value = member(object, name);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_number_integer())
        return value->get<std::int64_t>();
    if (value->is_number_float() && std::abs(value->get<double>()) < 9e15)
        return std::llround(value->get<double>());
    return std::nullopt;
}

/// Codes are strings at OpenAI and numbers at some of its copies.
std::string code_of(const json &error) {
    const auto *code = member(error, "code");
    if (code != nullptr && code->is_number_integer())
        return std::to_string(code->get<std::int64_t>());
    auto text = text_of(error, "code");
    return text.empty() ? text_of(error, "type") : text;
}

std::vector<line_error> errors_of(const json &batch) {
    std::vector<line_error> out;
    const auto *errors = member(batch, "errors");
    const auto *data = errors == nullptr ? nullptr : member(*errors, "data");
    if (data == nullptr || !data->is_array())
        return out;
    for (const auto &entry : *data) {
        line_error e;
        e.code = code_of(entry);
        e.message = clip_utf8(text_of(entry, "message"), longest_message);
        e.line = integer_of(entry, "line");
        out.push_back(std::move(e));
    }
    return out;
}

std::chrono::system_clock::time_point created_at(const json &object) {
    constexpr std::int64_t year_10000 = 253'402'300'800;
    if (const auto text = text_of(object, "created_at"); !text.empty())
        return parse_rfc3339(text).value_or(std::chrono::system_clock::time_point{});
    const auto seconds = integer_of(object, "created_at").value_or(0);
    return std::chrono::system_clock::time_point{
        std::chrono::seconds{seconds > 0 && seconds < year_10000 ? seconds : 0}};
}

/// The cursor of the page after this one, "" at the end. "More" without a way forward is not an end, but nothing: what
/// was not shown may be what one looks for.
std::optional<std::string> next_page(const json &document, const json &data, std::string_view cursor,
                                     std::size_t page_size) {
    const auto *more = member(document, "has_more");
    const bool full = page_size > 0 && data.size() >= page_size;
    const bool goes_on = more != nullptr && more->is_boolean() ? more->get<bool>() : full;
    if (!goes_on)
        return std::string{};
    if (page_size == 0)
        return std::nullopt;
    auto next = text_of(document, "last_id");
    if (next.empty() && !data.empty())
        next = text_of(data.back(), "id");
    return next.empty() || next == cursor ? std::nullopt : std::optional{std::move(next)};
}

void replace_all(std::string &text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

} // namespace

json parse_body(std::string_view body) {
    auto document = json::parse(body, nullptr, false);
    return document.is_discarded() ? json{} : document;
}

std::string text_of(const json &object, const char *name) {
    const auto *value = member(object, name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::optional<api_error> parse_api_error(std::string_view body) {
    const auto document = parse_body(body);
    const auto *error = member(document, "error");
    if (error == nullptr || !error->is_object())
        return std::nullopt;
    // The specification requires all four keys; copies of the service leave some out, so one beside the message is
    // enough.
    const bool shaped = error->contains("type") || error->contains("code") || error->contains("param");
    api_error out;
    out.message = clip_utf8(text_of(*error, "message"), longest_message);
    if (out.message.empty() || !shaped)
        return std::nullopt;
    out.code = code_of(*error);
    out.quota = out.code == "insufficient_quota" || text_of(*error, "type") == "insufficient_quota";
    return out;
}

remote_state parse_state(std::string_view word, const state_words &states) {
    using enum remote_state;
    static constexpr std::array<std::pair<std::string_view, remote_state>, 10> words{{{"validating", validating},
                                                                                      {"in_progress", running},
                                                                                      {"finalizing", finalizing},
                                                                                      {"cancelling", cancelling},
                                                                                      {"canceling", cancelling},
                                                                                      {"completed", completed},
                                                                                      {"failed", failed},
                                                                                      {"expired", expired},
                                                                                      {"cancelled", cancelled},
                                                                                      {"canceled", cancelled}}};
    auto name = lower_ascii(word);
    if (const auto own = states.find(name); own != states.end())
        name = own->second;
    const auto *found =
        std::find_if(words.begin(), words.end(), [&](const auto &entry) { return entry.first == name; });
    return found == words.end() ? unknown : found->second;
}

remote_state openai::state_of(std::string_view word) const {
    return parse_state(word, quirks_.states);
}

std::optional<remote_batch> parse_batch(const json &answer, const state_words &states) {
    const auto *job = member(answer, "job");
    const json &object = job == nullptr ? answer : *job;
    remote_batch out;
    out.id = text_of(object, "id");
    if (out.id.empty())
        return std::nullopt;
    out.word = text_of(object, "status");
    out.state = parse_state(out.word, states);
    out.input_file = text_of(object, "input_file_id");
    out.output_file = text_of(object, "output_file_id");
    out.error_file = text_of(object, "error_file_id");
    if (const auto *metadata = member(object, "metadata")) {
        out.nonce = text_of(*metadata, "smelt_nonce");
        out.installation = text_of(*metadata, "smelt_installation");
        out.task = text_of(*metadata, "smelt_task");
        out.version = text_of(*metadata, "smelt_version");
    }
    if (const auto *counts = member(object, "request_counts")) {
        out.total = integer_of(*counts, "total");
        out.completed = integer_of(*counts, "completed");
        out.failed = integer_of(*counts, "failed");
    }
    out.errors = errors_of(object);
    if (const auto text = text_of(object, "error"); out.errors.empty() && !text.empty()) {
        line_error whole;
        whole.message = clip_utf8(text, longest_message);
        out.errors.push_back(std::move(whole));
    }
    out.created = created_at(object);
    return out;
}

std::optional<listing> parse_listing(std::string_view body, std::string_view cursor, std::size_t page_size,
                                     const state_words &states) {
    const auto document = parse_body(body);
    const auto *data = document.is_array() ? &document : member(document, "data");
    if (data == nullptr || !data->is_array())
        return std::nullopt;
    listing out;
    for (const auto &entry : *data) {
        auto batch = parse_batch(entry, states);
        if (!batch)
            return std::nullopt;
        out.batches.push_back(std::move(*batch));
    }
    const auto next = next_page(document, *data, cursor, page_size);
    if (!next)
        return std::nullopt;
    out.next = *next;
    return out;
}

std::optional<file_listing> parse_files(std::string_view body, std::string_view cursor, std::size_t page_size) {
    const auto document = parse_body(body);
    const auto *data = document.is_array() ? &document : member(document, "data");
    if (data == nullptr || !data->is_array())
        return std::nullopt;
    file_listing out;
    for (const auto &entry : *data)
        if (auto id = text_of(entry, "id"); !id.empty())
            out.files.push_back({std::move(id), text_of(entry, "filename"), created_at(entry)});
    const auto next = next_page(document, *data, cursor, page_size);
    if (!next)
        return std::nullopt;
    out.next = *next;
    return out;
}

std::string redact(std::string_view text, std::string_view api_key) {
    std::string out{text};
    if (api_key.size() >= 4)
        replace_all(out, api_key, "***");
    // "Incorrect API key provided: sk-abc***xyz": the half that is shown is still half a secret.
    for (auto at = out.find("sk-"); at != std::string::npos; at = out.find("sk-", at + 6)) {
        const bool word_start = at == 0 || std::isalnum(static_cast<unsigned char>(out[at - 1])) == 0;
        if (!word_start)
            continue;
        auto end = out.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*-", at);
        end = std::min(end, out.size());
        out.replace(at, end - at, "sk-***");
    }
    return out;
}

} // namespace smelt::provider
