#include "api.hpp"
#include "bodies.hpp"

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

route openai_api::find_route(const server_request &request) const {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    auto [spoken, path] = locate(request.path);
    if ((path == "/v1/chat/completions" || path == "/v1/responses") && post)
        return {"answer", std::move(path), spoken};
    if (path == "/v1/files" && (get || post))
        return {post ? "upload" : "files", "", spoken};
    if (path == "/v1/batches" && (post || (get && has_listing(spoken))))
        return {post ? "create" : "list", "", spoken};
    if (auto id = id_in(path, "/v1/files/", "/content"); id && get)
        return {"content", *id, spoken};
    if (auto id = id_in(path, "/v1/batches/", "/cancel"); id && post)
        return {"cancel", *id, spoken};
    if (auto id = id_in(path, "/v1/batches/", ""); id && get)
        return {"get", *id, spoken};
    if (auto id = id_in(path, "/v1/files/", ""); id && (get || request.method == "DELETE"))
        return {get ? "file" : "delete", *id, spoken};
    throw api_error{404, "Invalid URL (" + request.method + " " + request.path + ")"};
}

void openai_api::check_head(const server_request &request, const route &where, const std::string &key) const {
    const std::string bearer = "Bearer " + key;
    if (key.empty() || request.header("authorization") == bearer ||
        (where.spoken == dialect::azure && request.header("api-key") == key))
        return;
    throw api_error{401, "Incorrect API key provided.", "", "invalid_api_key"};
}

json openai_api::error_body(const api_error &error, const std::string &) const {
    return {{"error",
             {{"message", error.what()},
              {"type", error.status >= 500 ? "server_error" : "invalid_request_error"},
              {"param", error.param.empty() ? json() : json(error.param)},
              {"code", error.code.empty() ? json() : json(error.code)}}}};
}

asio::awaitable<server_response> openai_api::call(const route &where, server_request &request) {
    server_response response;
    if (where.name == "answer") {
        openai_bodies bodies{where.spoken, where.id, engine_.now() / 1000, engine_.answers().ids};
        response = co_await engine_.answers().call(request, bodies, where.faults);
    } else if (where.name == "upload") {
        response = co_await upload(request, where.spoken);
    } else if (where.name == "create") {
        constexpr std::size_t create_limit = 256 * 1024;
        const std::string body = co_await request.read_all(create_limit);
        constexpr int created = 201;
        response = json_response(where.spoken == dialect::plain ? created : 200, create_batch(body, where.spoken));
    } else if (where.name == "files") {
        response = json_response(200, list_files(request));
    } else if (where.name == "file") {
        response = json_response(200, show(existing_file(where.id)));
    } else if (where.name == "content") {
        response = content(where.id);
    } else if (where.name == "delete") {
        response = json_response(200, delete_file(where.id));
    } else if (where.name == "get") {
        const batch &b = existing_batch(where.id);
        response = json_response(200, show(b, engine_.now()));
        engine_.count_read(b);
    } else if (where.name == "list") {
        response = json_response(200, list_batches(request, where.spoken));
    } else {
        response = json_response(200, cancel_batch(where.id));
    }
    co_return response;
}

} // namespace smelt::sim
