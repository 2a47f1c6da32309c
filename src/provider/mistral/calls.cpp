#include "mistral.hpp"
#include "objects.hpp"
#include "provider/openai/files_api.hpp"
#include "provider/spool_body.hpp"

#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"
#include "smelt/provider/paging.hpp"

#include <fmt/format.h>

#include <sstream>

namespace smelt::provider {
namespace {

constexpr std::int64_t page_size = 100;

/// Pages have numbers, so entries move between them while they are read: what is made moves them down, so that some are
/// met twice; what is deleted moves them up, so that some would be missed, and the walk begins anew.
struct page_cursor {
    std::int64_t page = 0;
    std::int64_t seen = 0;   ///< entries on the pages before
    std::int64_t total = -1; ///< as the page before said; -1: it did not say
};

page_cursor parse_cursor(const std::string &text) {
    page_cursor out;
    std::istringstream{text} >> out.page >> out.seen >> out.total;
    return out;
}

/// "" at the end. A service may give smaller pages than it was asked for, so the total decides.
std::string next_cursor(const page_cursor &at, const json &document, const json &data) {
    const auto total = integer_of(document, "total").value_or(-1);
    const auto count = static_cast<std::int64_t>(data.size());
    if (total >= 0 && total < at.total)
        return fmt::format("0 0 {}", total);
    const bool more = count > 0 && (total >= 0 ? at.seen + count < total : count >= page_size);
    return more ? fmt::format("{} {} {}", at.page + 1, at.seen + count, total) : std::string{};
}

std::string page_path(const std::string &path, const page_cursor &at) {
    return fmt::format("{}page={}&page_size={}", path, at.page, page_size);
}

} // namespace

mistral::mistral(const config::provider_spec &spec, const std::string &api_key, http::client &client)
    : service_{spec, api_key, client, parse_mistral_error},
      capabilities_{with_inline(capabilities_of(spec, lookup::metadata), spec)},
      timeout_hours_{hours_of(spec.quirks.completion_window)},
      quirks_{spec.quirks},
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
    const auto at = parse_cursor(cursor);
    const auto request = service_.request_for("GET", page_path("/batch/jobs?order_by=-created&", at));
    const auto answer = co_await service_.call_list(request);
    const auto document = parse_body(answer.body);
    const auto *data = entries_in(document, "data");
    if (data == nullptr)
        service_.unreadable("list batches", answer);
    auto out = read_page(*data, reader_, capabilities_.find_by);
    out.now = http::parse_http_date(answer.header("date"));
    out.next = next_cursor(at, document, *data);
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
                                                                  std::chrono::milliseconds /*age*/) {
    std::map<std::string, std::string> found;
    const std::string what = "list files";
    page_turner pages{what};
    std::string next;
    do {
        const auto at = parse_cursor(pages.cursor());
        const auto request = service_.request_for("GET", page_path("/files?purpose=batch&", at));
        const auto answer = co_await service_.call(request, what);
        const auto document = parse_body(answer.body);
        const auto *data = entries_in(document, "data");
        if (data == nullptr)
            service_.unreadable(what, answer);
        // All pages: in which order files are listed is not documented.
        for (const auto &file : *data)
            if (const auto name = text_of(file, "filename"); names.contains(name))
                found.emplace(name, text_of(file, "id"));
        next = next_cursor(at, document, *data);
    } while (pages.turn(std::move(next)));
    co_return found;
}

awaitable<void> mistral::delete_file(const std::string &file_id) {
    const auto path = "/files/" + path_step(file_id);
    const auto what = "delete file " + file_id;
    co_await remove_at(service_, path, what);
}

} // namespace smelt::provider
