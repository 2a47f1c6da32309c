#include "files_api.hpp"
#include "mistral.hpp"
#include "mistral_objects.hpp"
#include "spool_body.hpp"

#include "smelt/http/retry.hpp"
#include "smelt/http/url.hpp"

#include <charconv>

namespace smelt::provider {
namespace {

constexpr std::size_t page_size = 100;

/// The page after this one, "" at the end.
std::string next_page(const json &data, std::int64_t page) {
    return data.size() < page_size ? std::string{} : std::to_string(page + 1);
}

std::int64_t page_of(const std::string &cursor) {
    std::int64_t page = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), page);
    return page;
}

std::string page_path(const std::string &path, std::int64_t page) {
    return path + "page=" + std::to_string(page) + "&page_size=" + std::to_string(page_size);
}

} // namespace

mistral::mistral(const config::provider_spec &spec, std::string api_key, http::client &client)
    : service_{spec, std::move(api_key), client, parse_mistral_error},
      can_{with_inline(capabilities_of(spec, lookup::metadata), spec)},
      timeout_hours_{hours_of(spec.quirks.completion_window)},
      reader_{parse_mistral_job} {}

awaitable<std::string> mistral::upload(const std::filesystem::path &spool, const std::string &filename) {
    const upload_form form{"batch", "application/jsonl"};
    const auto object = co_await upload_file(service_, spool, filename, form);
    co_return text_of(object, "id");
}

awaitable<create_result> mistral::create(const create_request &r) {
    json body{{"endpoint", r.endpoint}, {"metadata", metadata_of(r)}, {"timeout_hours", timeout_hours_}};
    if (const auto agent = agent_of(r.model); agent.empty())
        body["model"] = r.model;
    else
        body["agent_id"] = agent;
    auto request = service_.request_for("POST", "/batch/jobs");
    request.content_type = "application/json";
    if (!r.input_file.empty())
        body["input_files"] = json::array({r.input_file});
    auto text = body.dump(-1, ' ', false, json::error_handler_t::replace);
    if (r.input_file.empty()) {
        text.pop_back();
        request.lines = array_of_lines(text + ",\"requests\":[", r.spool, "]}");
    } else {
        request.body = std::move(text);
    }
    co_return co_await service_.create(request, r.deadline, reader_);
}

awaitable<remote_batch> mistral::get(const std::string &remote_id) {
    const auto request = service_.request_for("GET", "/batch/jobs/" + path_step(remote_id));
    const std::string what = "read batch " + remote_id;
    co_return co_await service_.show(request, what, reader_);
}

awaitable<listing> mistral::list(const std::string &cursor) {
    const auto page = page_of(cursor);
    const auto request = service_.request_for("GET", page_path("/batch/jobs?order_by=-created&", page));
    const std::string what = "list batches";
    const auto answer = co_await service_.call(request, what);
    const auto document = parse_body(answer.body);
    const auto *data = find_member(document, "data");
    if (data == nullptr || !data->is_array())
        service_.unreadable(what, answer);
    listing out;
    for (const auto &entry : *data) {
        auto job = parse_mistral_job(entry);
        if (!job) // it could be the one that is looked for
            service_.unreadable(what, answer);
        out.batches.push_back(std::move(*job));
    }
    out.next = next_page(*data, page);
    out.now = http::parse_http_date(answer.header("date"));
    co_return out;
}

awaitable<remote_batch> mistral::cancel(const std::string &remote_id) {
    const auto request = service_.request_for("POST", "/batch/jobs/" + path_step(remote_id) + "/cancel");
    co_return co_await service_.cancel(request, remote_id, reader_, *this);
}

awaitable<void> mistral::fetch(const std::string &file_id, const http::body_sink &sink) {
    co_await download_file(service_, file_id, sink);
}

awaitable<std::map<std::string, std::string>> mistral::find_files(const std::set<std::string> &names,
                                                                  std::chrono::milliseconds age) {
    std::map<std::string, std::string> found;
    const auto oldest = oldest_wanted(age);
    const std::string what = "list files";
    std::string cursor;
    do {
        const auto page = page_of(cursor);
        const auto request = service_.request_for("GET", page_path("/files?purpose=batch&", page));
        const auto answer = co_await service_.call(request, what);
        const auto document = parse_body(answer.body);
        const auto *data = find_member(document, "data");
        if (data == nullptr || !data->is_array())
            service_.unreadable(what, answer);
        bool reached = true;
        for (const auto &file : *data) {
            reached = reached && is_older(date_of(file, "created_at"), oldest);
            if (const auto name = text_of(file, "filename"); names.contains(name))
                found.emplace(name, text_of(file, "id"));
        }
        cursor = reached ? std::string{} : next_page(*data, page);
    } while (!cursor.empty());
    co_return found;
}

awaitable<void> mistral::remove_file(const std::string &file_id) {
    const auto path = "/files/" + path_step(file_id);
    const auto what = "delete file " + file_id;
    co_await remove_at(service_, path, what);
}

} // namespace smelt::provider
