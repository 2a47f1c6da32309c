#include "gemini.hpp"
#include "objects.hpp"
#include "provider/openai/files_api.hpp"

#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"
#include "smelt/provider/paging.hpp"

namespace smelt::provider {
namespace {

constexpr const char *page_size = "pageSize=100";

std::string page_path(const std::string &path, const std::string &cursor) {
    return path + "?" + page_size + (cursor.empty() ? "" : "&pageToken=" + percent_encode(cursor));
}

/// "models/NAME" and tuned models are names with their kind already.
std::string model_path(const std::string &model) {
    const auto slash = model.find('/');
    return slash == std::string::npos ? resource_path("models", model)
                                      : resource_path(model.substr(0, slash), model.substr(slash + 1));
}

/// The order of its listings is not documented.
service_capabilities limits_of(const config::provider_spec &spec) {
    auto out = capabilities_of(spec, lookup::name);
    out.newest_first = false;
    return out;
}

json create_body(const create_request &r) {
    json body;
    body["batch"] = {{"displayName", display_name_of(r)}, {"inputConfig", {{"fileName", r.input_file}}}};
    return body;
}

} // namespace

gemini::gemini(const config::provider_spec &spec, const std::string &api_key, http::client &client)
    : service_{spec, api_key, client, parse_google_error}, capabilities_{limits_of(spec)}, reader_{parse_operation} {}

/// Two steps: the first gives an address for the bytes. Only the first is repeated; a file without a batch costs
/// nothing.
awaitable<std::string> gemini::upload(const std::filesystem::path &spool, const std::string &filename) {
    const std::string what = "upload " + filename;
    auto start = service_.request_below("POST", "/upload", "/files");
    start.content_type = "application/json";
    start.body = json{{"file", {{"display_name", filename}}}}.dump();
    start.fields.emplace_back("X-Goog-Upload-Protocol", "resumable");
    start.fields.emplace_back("X-Goog-Upload-Command", "start");
    start.fields.emplace_back("X-Goog-Upload-Header-Content-Length", std::to_string(std::filesystem::file_size(spool)));
    start.fields.emplace_back("X-Goog-Upload-Header-Content-Type", "application/jsonl");
    const auto session = co_await service_.call(start, what);
    auto bytes = service_.request_at("POST", std::string{session.header("x-goog-upload-url")}, what);
    bytes.file = spool;
    bytes.idempotent = false;
    bytes.fields.emplace_back("X-Goog-Upload-Offset", "0");
    bytes.fields.emplace_back("X-Goog-Upload-Command", "upload, finalize");
    const auto answer = co_await service_.call(bytes, what);
    const auto document = parse_body(answer.body);
    const auto *file = find_member(document, "file");
    auto name = file == nullptr ? std::string{} : text_of(*file, "name");
    if (name.empty())
        service_.unreadable(what, answer);
    co_return name;
}

awaitable<create_result> gemini::create(const create_request &r) {
    auto request = service_.request_for("POST", model_path(r.model) + ":batchGenerateContent");
    request.content_type = "application/json";
    request.body = create_body(r).dump(-1, ' ', false, json::error_handler_t::replace);
    co_return co_await service_.create(request, r.deadline, reader_);
}

awaitable<remote_batch> gemini::get(const std::string &remote_id) {
    const auto request = service_.request_for("GET", resource_path("batches", remote_id));
    const std::string what = "read batch " + remote_id;
    co_return co_await service_.show(request, what, reader_);
}

awaitable<listing> gemini::list(const std::string &cursor) {
    const auto request = service_.request_for("GET", page_path("/batches", cursor));
    const auto answer = co_await service_.call_list(request);
    const auto document = parse_body(answer.body);
    // A page without operations has no member of that name.
    static const json nothing = json::array();
    const auto *entries =
        document.is_object() && !document.contains("operations") ? &nothing : entries_in(document, "operations");
    if (entries == nullptr)
        service_.unreadable("list batches", answer);
    auto out = read_page(*entries, reader_, capabilities_.find_by);
    out.now = http::parse_http_date(answer.header("date"));
    out.next = text_of(document, "nextPageToken");
    co_return out;
}

awaitable<remote_batch> gemini::cancel(const std::string &remote_id) {
    const auto request = service_.request_for("POST", resource_path("batches", remote_id) + ":cancel");
    co_return co_await service_.cancel(request, remote_id, reader_, *this);
}

awaitable<void> gemini::fetch(const std::string &file_id, const http::body_sink &sink) {
    const auto request =
        service_.request_below("GET", "/download", resource_path("files", file_id) + ":download?alt=media");
    const auto what = "download file " + file_id;
    co_await service_.download(request, what, sink);
}

awaitable<std::map<std::string, std::string>> gemini::find_files(const std::set<std::string> &names,
                                                                 std::chrono::milliseconds /*age*/) {
    std::map<std::string, std::string> found;
    const std::string what = "list files";
    page_turner pages{what};
    std::string next;
    do {
        const auto request = service_.request_for("GET", page_path("/files", pages.cursor()));
        const auto answer = co_await service_.call(request, what);
        const auto document = parse_body(answer.body);
        if (!document.is_object())
            service_.unreadable(what, answer);
        if (const auto *files = find_member(document, "files"))
            for (const auto &file : *files)
                if (const auto name = text_of(file, "displayName"); names.contains(name))
                    found.emplace(name, text_of(file, "name"));
        next = text_of(document, "nextPageToken");
    } while (pages.turn(std::move(next)));
    co_return found;
}

awaitable<void> gemini::delete_file(const std::string &file_id) {
    const auto path = resource_path("files", file_id);
    const auto what = "delete file " + file_id;
    co_await remove_at(service_, path, what);
}

} // namespace smelt::provider
