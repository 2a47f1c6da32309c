#include "anthropic.hpp"
#include "objects.hpp"
#include "provider/openai/list_page.hpp"
#include "provider/openai/objects.hpp"
#include "provider/spool_body.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"

namespace smelt::provider {
namespace {

constexpr std::size_t page_size = 100;
constexpr const char *version_header = "anthropic-version";

std::string batch_path(const std::string &remote_id) {
    return "/messages/batches/" + path_step(remote_id);
}

service_capabilities limits_of(const config::provider_spec &spec) {
    auto out = capabilities_of(spec, lookup::count_and_time);
    out.keeps_files = false;
    out.inline_requests = out.max_requests;
    out.inline_bytes = out.max_bytes;
    return out;
}

} // namespace

anthropic::anthropic(const config::provider_spec &spec, const std::string &api_key, http::client &client)
    : service_{spec, api_key, client, parse_anthropic_error},
      capabilities_{limits_of(spec)},
      reader_{parse_message_batch} {
    if (const auto version = spec.quirks.headers.find(version_header); version != spec.quirks.headers.end())
        version_ = version->second;
}

awaitable<std::string> anthropic::upload(const std::filesystem::path & /*spool*/, const std::string &filename) {
    throw usage_error{filename + ": a batch of " + service_.host() + " travels with its create"};
    co_return std::string{};
}

awaitable<create_result> anthropic::create(const create_request &r) {
    auto request = service_.request_for("POST", "/messages/batches");
    request.content_type = "application/json";
    request.lines = array_of_lines("{\"requests\":[", r.spool, "]}");
    auto result = co_await service_.create(request, r.deadline, reader_);
    // What is too large is refused before it reaches the service, in any words (docs/protocols.md, Anthropic errors).
    if (result.why.status == 413) {
        result.outcome = create_outcome::refused;
        result.why.kind = failure_kind::request;
    }
    co_return result;
}

awaitable<remote_batch> anthropic::get(const std::string &remote_id) {
    const auto request = service_.request_for("GET", batch_path(remote_id));
    const std::string what = "read batch " + remote_id;
    co_return co_await service_.show(request, what, reader_);
}

awaitable<listing> anthropic::list(const std::string &cursor) {
    auto path = "/messages/batches?limit=" + std::to_string(page_size);
    if (!cursor.empty())
        path += "&after_id=" + percent_encode(cursor);
    const listing_page wanted{path, cursor, page_size, capabilities_.find_by};
    co_return co_await list_page(service_, wanted, reader_);
}

awaitable<remote_batch> anthropic::cancel(const std::string &remote_id) {
    const auto request = service_.request_for("POST", batch_path(remote_id) + "/cancel");
    co_return co_await service_.cancel(request, remote_id, reader_, *this);
}

/// Not the results_url of the batch object: the key goes to no address but that of the pipeline file.
awaitable<void> anthropic::fetch(const std::string &file_id, const http::body_sink &sink) {
    const auto request = service_.request_for("GET", batch_path(file_id) + "/results");
    const auto what = "download the results of " + file_id;
    co_await service_.download(request, what, sink);
}

awaitable<std::map<std::string, std::string>> anthropic::find_files(const std::set<std::string> & /*names*/,
                                                                    std::chrono::milliseconds /*age*/) {
    co_return std::map<std::string, std::string>{};
}

awaitable<void> anthropic::delete_file(const std::string & /*file_id*/) {
    co_return;
}

} // namespace smelt::provider
