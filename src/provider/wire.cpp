#include "wire.hpp"

#include "smelt/core/text.hpp"
#include "smelt/core/time.hpp"
#include "smelt/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace smelt::provider {
namespace {

using meaning = create_result::meaning;

constexpr std::size_t longest_message = 1000;
constexpr std::size_t longest_metadata = 512; ///< of a value, in characters; bytes are never fewer

/// Statuses with which a service says that it made nothing, if it says so in its own words.
constexpr std::array refusals{400, 401, 402, 403, 404, 413, 415, 422, 429};

std::optional<std::int64_t> integer_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

bool is_spent(const api_error &error, const json &object) {
    const auto *details = find_member(object, "details");
    return error.code == "insufficient_quota" || text_of(object, "type") == "insufficient_quota" ||
           (details != nullptr && text_of(*details, "error_code") == "enforced_spend_limit_reached");
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

const json *find_member(const json &object, const char *name) {
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json &object, const char *name) {
    const auto *value = find_member(object, name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::optional<std::int64_t> integer_of(const json &object, const char *name) {
    const auto *value = find_member(object, name);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_number_integer())
        return value->get<std::int64_t>();
    if (value->is_number_float() && std::abs(value->get<double>()) < 9e15)
        return std::llround(value->get<double>());
    return value->is_string() ? integer_in(value->get_ref<const std::string &>()) : std::nullopt;
}

std::chrono::system_clock::time_point date_of(const json &object, const char *name) {
    constexpr std::int64_t year_10000 = 253'402'300'800;
    const auto *value = find_member(object, name);
    if (value != nullptr && value->is_string())
        return parse_rfc3339(value->get_ref<const std::string &>()).value_or(std::chrono::system_clock::time_point{});
    const auto seconds = integer_of(object, name).value_or(0);
    return std::chrono::system_clock::time_point{
        std::chrono::seconds{seconds > 0 && seconds < year_10000 ? seconds : 0}};
}

std::string code_of(const json &error) {
    const auto *code = find_member(error, "code");
    if (code != nullptr && code->is_number_integer())
        return std::to_string(code->get<std::int64_t>());
    auto text = text_of(error, "code");
    return text.empty() ? text_of(error, "type") : text;
}

std::optional<api_error> parse_api_error(std::string_view body) {
    const auto document = parse_body(body);
    const auto *error = find_member(document, "error");
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
    out.quota = is_spent(out, *error);
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

create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const batch_reader &read, error_reader errors) {
    create_result out;
    out.status = answer.status;
    if (answer.status >= 200 && answer.status < 300) {
        auto batch = read(parse_body(answer.body));
        out.what = batch ? meaning::created : meaning::unknown;
        if (batch)
            out.batch = std::move(*batch);
        else
            out.message = "the answer names no batch";
        return out;
    }
    const auto error = errors(answer.body);
    out.message = error ? error->message : "HTTP " + std::to_string(answer.status) + " without the service's own error";
    if (error)
        out.code = error->code;
    out.retry_after = http::retry_after(answer.fields, now);
    const bool listed = std::find(refusals.begin(), refusals.end(), answer.status) != refusals.end();
    out.what = listed && error ? meaning::refused : meaning::unknown;
    out.busy = out.what == meaning::refused && answer.status == 429 && !error->quota;
    return out;
}

json metadata_of(const create_request &r) {
    json metadata{{"smelt_nonce", r.nonce}, {"smelt_installation", r.installation}};
    const auto add = [&](const char *name, const std::string &value) {
        if (!value.empty())
            metadata[name] = std::string{clip_utf8(value, longest_metadata)};
    };
    add("smelt_task", r.task);
    add("smelt_version", r.version);
    add("smelt_name", r.name);
    return metadata;
}

void read_metadata(const json &metadata, remote_batch &into) {
    into.nonce = text_of(metadata, "smelt_nonce");
    into.installation = text_of(metadata, "smelt_installation");
    into.task = text_of(metadata, "smelt_task");
    into.version = text_of(metadata, "smelt_version");
}

} // namespace smelt::provider
