#include "api.hpp"
#include "lines.hpp"

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

route anthropic_api::find_route(const server_request &request) const {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    const bool remove = request.method == "DELETE";
    const std::string &path = request.path;
    const std::string_view batches = "/v1/messages/batches";
    const std::string_view below = "/v1/messages/batches/";
    const auto to = [](std::string_view name, std::string id) {
        return route{name, std::move(id), dialect::anthropic};
    };
    if (path == "/v1/messages" && post)
        return to("answer", path);
    if (path == batches && (get || post))
        return to(post ? "create" : "list", "");
    if (auto id = id_in(path, below, "/results"); id && get)
        return to("content", *id);
    if (auto id = id_in(path, below, "/cancel"); id && post)
        return to("cancel", *id);
    if (auto id = id_in(path, below, ""); id && (get || remove))
        return to(get ? "get" : "delete", *id);
    throw api_error{404, "Not found"};
}

void anthropic_api::check_head(const server_request &request, const route &, const std::string &key) const {
    if (!key.empty() && request.header("x-api-key") != key && request.header("authorization") != "Bearer " + key)
        throw api_error{401, "invalid x-api-key"};
    const auto version = request.header("anthropic-version");
    if (version.empty())
        throw api_error{400, "anthropic-version: header is required"};
    if (version != "2023-06-01" && version != "2026-10-21")
        throw api_error{400, "anthropic-version: \"" + std::string{version} + "\" is not a valid version"};
}

json anthropic_api::error_body(const api_error &error, const std::string &request_id) const {
    return {{"type", "error"},
            {"error", {{"type", anthropic_error_type(error.status, error.code)}, {"message", error.what()}}},
            {"request_id", request_id}};
}

asio::awaitable<server_response> anthropic_api::call(const route &where, server_request &request) {
    const std::string origin = origin_of(request);
    server_response response;
    if (where.name == "answer")
        response = co_await answer(where, request);
    else if (where.name == "create")
        response = co_await create(request);
    else if (where.name == "get")
        response = json_response(200, get(where.id, origin));
    else if (where.name == "list")
        response = json_response(200, list(request));
    else if (where.name == "content")
        response = results(where.id);
    else if (where.name == "cancel")
        response = json_response(200, cancel(where.id, origin));
    else
        response = json_response(200, remove(where.id));
    co_return response;
}

asio::awaitable<server_response> anthropic_api::answer(const route &where, server_request &request) {
    anthropic_bodies bodies{request.header("anthropic-version"), messages_, engine_.answers().ids};
    server_response response = co_await engine_.answers().call(request, bodies, where.faults);
    co_return response;
}

} // namespace smelt::sim
