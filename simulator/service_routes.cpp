#include "disturb.hpp"
#include "service.hpp"

#include "smelt/core/hash.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

server_response json_response(int status, const json &body) {
    // Text that came in as invalid UTF-8 must not break the answer.
    return server_response{status, body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

server_response error_response(int status, const std::string &message, const std::string &param,
                               const std::string &code) {
    const json error = {{"message", message},
                        {"type", status >= 500 ? "server_error" : "invalid_request_error"},
                        {"param", param.empty() ? json() : json(param)},
                        {"code", code.empty() ? json() : json(code)}};
    return json_response(status, {{"error", error}});
}

server_response fault_response(const call_fault &fault) {
    const std::string message = fault.message.empty() ? "Simulated fault." : fault.message;
    server_response response =
        fault.body ? server_response{fault.status, *fault.body} : error_response(fault.status, message, "", fault.code);
    if (!fault.retry_after.empty())
        response.fields.emplace_back("Retry-After", fault.retry_after);
    if (!fault.retry_after_ms.empty())
        response.fields.emplace_back("retry-after-ms", fault.retry_after_ms);
    return response;
}

/// The id in prefix + id + suffix, or nothing.
std::optional<std::string> id_in(const std::string &path, std::string_view prefix, std::string_view suffix) {
    if (!path.starts_with(prefix) || !path.ends_with(suffix) || path.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    std::string id = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
    return id.find('/') == std::string::npos ? std::optional{std::move(id)} : std::nullopt;
}

} // namespace

service::route service::find_route(const server_request &request) const {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    const auto [spoken, path] = locate(request.path);
    if (path == "/v1/files" && (get || post))
        return {post ? "upload" : "files", "", spoken};
    if (path == "/v1/batches" && (get || post))
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

void service::check_key(const server_request &request, dialect spoken) const {
    const std::string bearer = "Bearer " + settings_.key;
    if (settings_.key.empty() || request.header("authorization") == bearer ||
        (spoken == dialect::azure && request.header("api-key") == settings_.key))
        return;
    throw api_error{401, "Incorrect API key provided.", "", "invalid_api_key"};
}

asio::awaitable<server_response> service::call(const route &where, server_request &request) {
    server_response response;
    if (where.name == "upload") {
        response = co_await upload(request, where.spoken);
    } else if (where.name == "create") {
        constexpr std::size_t create_limit = 256 * 1024;
        const std::string body = co_await request.read_all(create_limit);
        response = json_response(200, create_batch(body, where.spoken));
    } else if (where.name == "files") {
        response = json_response(200, list_files(request));
    } else if (where.name == "file") {
        response = json_response(200, show(existing_file(where.id)));
    } else if (where.name == "content") {
        response = content(where.id);
    } else if (where.name == "delete") {
        response = json_response(200, remove_file(where.id));
    } else if (where.name == "get") {
        response = json_response(200, show(existing_batch(where.id), now_()));
    } else if (where.name == "list") {
        response = json_response(200, list_batches(request, where.spoken));
    } else {
        response = json_response(200, cancel_batch(where.id));
    }
    co_return response;
}

asio::awaitable<server_response> service::disturbed(const route &where, server_request &request) {
    const auto fault = store_.faults.take_call(where.name, request.path);
    if (!fault)
        co_return co_await call(where, request);
    store_.save_faults();
    if (fault->delay > 0) {
        asio::steady_timer timer{executor_, std::chrono::milliseconds{fault->delay}};
        co_await timer.async_wait(asio::use_awaitable);
    }
    if (fault->drop_before)
        throw http::drop_connection{};
    server_response response;
    if (fault->status != 0)
        response = fault_response(*fault);
    else
        response = co_await call(where, request);
    if (fault->drop_after)
        throw http::drop_connection{};
    disturb_body(*fault, response);
    co_return response;
}

asio::awaitable<server_response> service::handle(server_request &request) {
    server_response response;
    try {
        if (request.path == "/sim/counters") {
            response = json_response(200, counters());
        } else if (request.path == "/sim/faults") {
            const std::string body = co_await request.read_all(1024 * 1024);
            if (request.method == "DELETE")
                store_.faults.clear();
            response = json_response(200, request.method == "POST" ? add_faults(body) : store_.faults.as_json());
            store_.save_faults();
        } else {
            const route where = find_route(request);
            check_key(request, where.spoken);
            response = co_await disturbed(where, request);
        }
    } catch (const api_error &e) {
        response = error_response(e.status, e.what(), e.param, e.code);
    } catch (const http::body_too_large &) {
        response = error_response(413, "The request body is too large.", "", "");
    }
    response.fields.emplace_back("x-request-id", "req_" + random_nonce());
    co_return response;
}

} // namespace smelt::sim
