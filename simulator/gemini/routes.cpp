#include "api.hpp"
#include "lines.hpp"

#include <algorithm>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

/// The reason in the details of a refused key (docs/protocols.md, Gemini errors).
constexpr const char *bad_key = "API_KEY_INVALID";

} // namespace

route gemini_api::find_route(const server_request &request) const {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    const bool remove = request.method == "DELETE";
    const std::string &path = request.path;
    const auto to = [](std::string_view name, std::string id) { return route{name, std::move(id), dialect::gemini}; };
    if (path == "/upload/v1beta/files" && (post || request.method == "PUT"))
        return to("upload", request.parameter("upload_id").value_or(""));
    if (auto id = id_in(path, "/download/v1beta/files/", ":download"); id && get)
        return to("content", *id);
    if (auto id = id_in(path, "/v1beta/files/", ":download"); id && get)
        return to("content", *id);
    if (auto id = id_in(path, "/v1beta/models/", ":batchGenerateContent"); id && post)
        return to("create", *id);
    if (path == "/v1beta/batches" && get)
        return to("list", "");
    if (path == "/v1beta/files" && get)
        return to("files", "");
    if (auto id = id_in(path, "/v1beta/batches/", ":cancel"); id && post)
        return to("cancel", *id);
    if (auto id = id_in(path, "/v1beta/batches/", ""); id && (get || remove))
        return to(get ? "get" : "delete", *id);
    if (auto id = id_in(path, "/v1beta/files/", ""); id && (get || remove))
        return to(get ? "file" : "delete", *id);
    throw api_error{404, "Not Found"};
}

void gemini_api::check_head(const server_request &request, const route &where, const std::string &key) const {
    // The URL of an upload is its own key.
    if (key.empty() || request.header("x-goog-api-key") == key || request.parameter("key") == key ||
        (where.name == "upload" && !where.id.empty()))
        return;
    throw api_error{400, "API key not valid. Please pass a valid API key.", {}, bad_key};
}

json gemini_api::error_body(const api_error &error, const std::string &) const {
    json status{{"code", error.status}, {"message", error.what()}, {"status", gemini_status(error.status, error.code)}};
    if (error.code == bad_key)
        status["details"] = json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                          {"reason", bad_key},
                                          {"domain", "googleapis.com"}}});
    return {{"error", std::move(status)}};
}

asio::awaitable<server_response> gemini_api::call(const route &where, server_request &request) {
    const bool of_batch = request.path.starts_with("/v1beta/batches/");
    server_response response;
    if (where.name == "upload" && where.id.empty())
        response = co_await begin_upload(request);
    else if (where.name == "upload")
        response = co_await continue_upload(request, where.id);
    else if (where.name == "create")
        response = co_await create(request, where.id);
    else if (where.name == "files")
        response = json_response(200, list_files(request));
    else if (where.name == "file")
        response = json_response(200, show_gemini_file(existing_file(where.id), origin_of(request)));
    else if (where.name == "content")
        response = content(where.id);
    else if (where.name == "get")
        response = get(where.id);
    else if (where.name == "list")
        response = json_response(200, list(request));
    else if (where.name == "cancel")
        response = json_response(200, cancel(where.id));
    else
        response = json_response(200, of_batch ? remove(where.id) : delete_file(where.id));
    co_return response;
}

gemini_page read_gemini_page(const server_request &request, const std::vector<std::string> &ids, std::int64_t fallback,
                             std::int64_t most) {
    auto size = integer_parameter(request, "pageSize", 0);
    if (request.parameter("page_size"))
        size = integer_parameter(request, "page_size", 0);
    if (!size || *size < 0)
        throw api_error{400, "Invalid value at 'page_size'."};
    const auto wanted = std::min(*size == 0 ? fallback : *size, most);
    auto token = request.parameter("pageToken");
    if (!token)
        token = request.parameter("page_token");
    std::size_t begin = 0;
    if (token && !token->empty()) {
        const auto at = std::find(ids.begin(), ids.end(), *token);
        if (at == ids.end())
            throw api_error{400, "Invalid value at 'page_token'."};
        begin = static_cast<std::size_t>(at - ids.begin()) + 1;
    }
    return {begin, static_cast<std::size_t>(wanted)};
}

} // namespace smelt::sim
