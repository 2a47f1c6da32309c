#include "wire.hpp"

#include "reason.hpp"

#include "smelt/base/text.hpp"
#include "smelt/base/time.hpp"
#include "smelt/http/retry.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;
constexpr std::size_t longest_metadata = 512; ///< of a value, in characters; bytes are never fewer

/// What every name and every metadata of ours begins with.
constexpr std::string_view our_mark = "smelt";

/// OpenAI's word, which gateways before other services say, too.
bool is_spent(const api_error &error, const json &object) {
    return error.code == "insufficient_quota" || text_of(object, "type") == "insufficient_quota";
}

} // namespace

bool is_too_deep(std::string_view text) {
    constexpr int most_levels = 200;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"')
            for (++i; i < text.size() && text[i] != '"'; ++i)
                i += text[i] == '\\' ? 1 : 0;
        else if (c == '[' || c == '{')
            if (++depth > most_levels)
                return true;
        depth -= c == ']' || c == '}' ? 1 : 0;
    }
    return false;
}

std::string_view without_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

json parse_body(std::string_view body) {
    if (is_too_deep(body))
        return {};
    auto document = json::parse(without_mark(body), nullptr, false);
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

remote_state state_in(std::span<const state_word> words, std::string_view word) {
    const auto found = std::ranges::find(words, word, &state_word::first);
    return found == words.end() ? remote_state::unknown : found->second;
}

std::chrono::system_clock::time_point date_of(const json &object, const char *name) {
    constexpr std::int64_t year_2200 = 7'258'118'400; // the clock's nanoseconds end in 2262
    if (const auto *value = find_member(object, name); value != nullptr && value->is_string())
        if (const auto date = parse_rfc3339(value->get_ref<const std::string &>()))
            return *date;
    const auto seconds = integer_of(object, name).value_or(0);
    return std::chrono::system_clock::time_point{
        std::chrono::seconds{seconds > 0 && seconds < year_2200 ? seconds : 0}};
}

std::string code_of(const json &error) {
    const auto *code = find_member(error, "code");
    if (code != nullptr && code->is_number_integer())
        return std::to_string(code->get<std::int64_t>());
    for (const char *name : {"code", "type", "status"})
        if (auto text = text_of(error, name); !text.empty())
            return text;
    return {};
}

failure_kind kind_of(int status, const std::optional<api_error> &own) {
    if (own && own->kind)
        return *own->kind;
    switch (status) {
    case 401:
    case 403:
        return failure_kind::key;
    case 402:
        return failure_kind::quota;
    case 404:
        return failure_kind::not_found;
    case 405:
    case 501:
        return failure_kind::unsupported;
    case 429:
        return failure_kind::busy;
    case 400:
    case 413:
    case 415:
    case 422: // proxies and gateways use these, too
        return own ? failure_kind::request : failure_kind::unclear;
    default:
        return failure_kind::unclear;
    }
}

std::optional<api_error> parse_api_error(std::string_view body) {
    return parse_api_error(body, nullptr);
}

std::optional<api_error> parse_api_error(std::string_view body,
                                         std::optional<failure_kind> (*meaning)(const json &, const api_error &)) {
    const auto document = parse_body(body);
    const auto *error = find_member(document, "error");
    if (error == nullptr || !error->is_object())
        return std::nullopt;
    // The specification requires all four keys; copies of the service leave some out, so one beside the message is
    // enough.
    const bool shaped = error->contains("type") || error->contains("code") || error->contains("param");
    if (!shaped || find_member(*error, "message") == nullptr)
        return std::nullopt;
    api_error out;
    out.message = clip_utf8(reason_in(*error).message, longest_message);
    if (out.message.empty())
        return std::nullopt;
    out.code = code_of(*error);
    if (is_spent(out, *error))
        out.kind = failure_kind::quota;
    else if (meaning != nullptr)
        out.kind = meaning(*error, out);
    return out;
}

std::optional<api_error> service_error(const http::response &answer, error_reader errors) {
    if (auto own = errors(answer.body))
        return own;
    // Whoever finds a request invalid has made nothing of it, and gives a reason in JSON; gateways that are in trouble
    // use other statuses.
    constexpr std::array invalid{400, 413, 422};
    if (std::find(invalid.begin(), invalid.end(), answer.status) == invalid.end())
        return std::nullopt;
    const auto document = parse_body(answer.body);
    const auto *error = find_member(document, "error");
    const auto *detail = find_member(document, "detail");
    if (error != nullptr && text_of(*error, "message").empty())
        error = nullptr;
    if (detail != nullptr && (!detail->is_array() || detail->empty()))
        detail = nullptr; // text may be a gateway's; a list is what a server found wrong with each member
    if (error == nullptr && detail == nullptr)
        return std::nullopt;
    const auto why = reason_in(error != nullptr ? *error : *detail);
    api_error out{std::string{clip_utf8(why.message, longest_message)}, "invalid_request", std::nullopt};
    return out.message.empty() ? std::nullopt : std::optional{std::move(out)};
}

std::string why_refused(const http::response &answer, error_reader errors) {
    const auto error = service_error(answer, errors);
    auto why = error ? reason{error->code, error->message} : reason_of(answer.body);
    if (why.code == std::to_string(answer.status))
        why.code.clear(); // who shows this shows the status, too
    auto message = sentence_of(why);
    const auto location = answer.header("location");
    if (answer.status >= 300 && answer.status < 400 && !location.empty())
        message += (message.empty() ? "" : "; ") + std::string{"the service redirects to "}.append(location);
    return std::string{clip_utf8(message, longest_message)};
}

create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const batch_reader &read, error_reader errors) {
    create_result out;
    out.why.status = answer.status;
    if (answer.status >= 200 && answer.status < 300) {
        auto batch = read(parse_body(answer.body));
        out.outcome = batch ? create_outcome::created : create_outcome::unknown;
        if (batch)
            out.batch = std::move(*batch);
        else
            out.why.message = "the answer names no batch";
        return out;
    }
    const auto error = service_error(answer, errors);
    if (error) {
        out.why.message = error->message;
        out.why.code = error->code;
    } else {
        const auto why = why_refused(answer, errors);
        out.why.message = "HTTP " + std::to_string(answer.status) + " without the service's own error" +
                          (why.empty() ? "" : ": " + why);
    }
    out.why.retry_after = http::retry_after(answer.fields, now);
    const auto kind = kind_of(answer.status, error);
    // Without its own words it may have made the batch all the same.
    out.outcome = error && is_refusal(kind) ? create_outcome::refused : create_outcome::unknown;
    if (out.outcome == create_outcome::refused)
        out.why.kind = kind;
    return out;
}

const json *entries_in(const json &document, const char *name) {
    static const json none = json::array();
    if (document.is_array())
        return &document;
    if (!document.is_object())
        return nullptr;
    const auto found = document.find(name);
    if (found == document.end())
        return text_of(document, "object") == "list" ? &none : nullptr;
    if (found->is_null())
        return &none;
    return found->is_array() ? &*found : nullptr;
}

listing read_page(const json &entries, const batch_reader &read, lookup find_by) {
    const bool marked = find_by == lookup::metadata || find_by == lookup::name;
    const auto could_be_ours = [&](const json &entry) {
        if (!marked)
            return entry.is_object() && !entry.empty();
        return entry.dump(-1, ' ', false, json::error_handler_t::replace).find(our_mark) != std::string::npos;
    };
    listing out;
    for (const auto &entry : entries)
        if (auto batch = read(entry))
            out.batches.push_back(std::move(*batch));
        else
            out.incomplete = out.incomplete || could_be_ours(entry);
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
