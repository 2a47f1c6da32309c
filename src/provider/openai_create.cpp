#include "openai.hpp"
#include "openai_objects.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/text.hpp"
#include "smelt/http/retry.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

using meaning = create_result::meaning;

/// Statuses with which the service says that it made nothing, if it says so in its own words.
constexpr std::array refusals{400, 401, 402, 403, 404, 413, 415, 422, 429};
constexpr std::size_t longest_metadata = 512; ///< of a value, in characters; bytes are never fewer

std::string create_body(const create_request &r, const config::quirks_spec &quirks) {
    json body{
        {"input_file_id", r.input_file}, {"endpoint", r.endpoint}, {"completion_window", quirks.completion_window}};
    if (!quirks.metadata)
        return body.dump();
    json metadata{{"smelt_nonce", r.nonce}, {"smelt_installation", r.installation}};
    const auto add = [&](const char *name, const std::string &value) {
        if (!value.empty())
            metadata[name] = std::string{clip_utf8(value, longest_metadata)};
    };
    add("smelt_task", r.task);
    add("smelt_version", r.version);
    add("smelt_name", r.name);
    body["metadata"] = std::move(metadata);
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const state_words &states) {
    create_result out;
    out.status = answer.status;
    if (answer.status >= 200 && answer.status < 300) {
        auto batch = parse_batch(parse_body(answer.body), states);
        out.what = batch ? meaning::created : meaning::unknown;
        if (batch)
            out.batch = std::move(*batch);
        else
            out.message = "the answer names no batch";
        return out;
    }
    const auto error = parse_api_error(answer.body);
    out.message = error ? error->message : "HTTP " + std::to_string(answer.status) + " without the service's own error";
    if (error)
        out.code = error->code;
    out.retry_after = http::retry_after(answer.fields, now);
    const bool listed = std::find(refusals.begin(), refusals.end(), answer.status) != refusals.end();
    out.what = listed && error ? meaning::refused : meaning::unknown;
    out.busy = out.what == meaning::refused && answer.status == 429 && !error->quota;
    return out;
}

awaitable<create_result> openai::create(const create_request &r) {
    create_result failed;
    failed.what = meaning::not_sent;
    try {
        auto request = request_for("POST", "/batches");
        request.content_type = "application/json";
        request.body = create_body(r, quirks_);
        request.idempotent = false;
        request.deadline = r.deadline;
        const auto answer = co_await client_.send(request);
        auto result = classify_create(answer, std::chrono::system_clock::now(), quirks_.states);
        result.message = redact(result.message, api_key_);
        co_return result;
    } catch (const http::transport_error &e) {
        failed.what = e.how_far() == http::progress::not_sent ? meaning::not_sent : meaning::unknown;
        failed.message = e.what();
    } catch (const error &e) {
        failed.message = e.what(); // a certificate or a URL: found out before anything was written
    }
    co_return failed;
}

} // namespace smelt::provider
