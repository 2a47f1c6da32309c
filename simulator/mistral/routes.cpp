#include "api.hpp"
#include "lines.hpp"

#include <sstream>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

constexpr int unprocessable = 422;

/// "body.endpoint" as ["body","endpoint"].
json location(const std::string &param) {
    json out = json::array();
    std::istringstream parts{param};
    for (std::string part; std::getline(parts, part, '.');)
        out.push_back(part);
    return out;
}

} // namespace

route mistral_api::find_route(const server_request &request) const {
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    const bool remove = request.method == "DELETE";
    const std::string &path = request.path;
    const auto to = [](std::string_view name, std::string id) { return route{name, std::move(id), dialect::mistral}; };
    if (path == "/mistral/v1/files" && (get || post))
        return to(post ? "upload" : "files", "");
    if (path == "/mistral/v1/batch/jobs" && (get || post))
        return to(post ? "create" : "list", "");
    if (auto id = id_in(path, "/mistral/v1/files/", "/content"); id && get)
        return to("content", *id);
    if (auto id = id_in(path, "/mistral/v1/batch/jobs/", "/cancel"); id && post)
        return to("cancel", *id);
    if (auto id = id_in(path, "/mistral/v1/batch/jobs/", ""); id && (get || remove))
        return to(get ? "get" : "delete", *id);
    if (auto id = id_in(path, "/mistral/v1/files/", ""); id && (get || remove))
        return to(get ? "file" : "delete", *id);
    throw api_error{404, "no Route matched with those values"};
}

void mistral_api::check_head(const server_request &request, const route &, const std::string &key) const {
    if (!key.empty() && request.header("authorization") != "Bearer " + key)
        throw api_error{401, "Unauthorized"};
}

json mistral_api::error_body(const api_error &error, const std::string &) const {
    if (error.status == unprocessable)
        return {{"detail", json::array({{{"loc", location(error.param)},
                                         {"msg", error.what()},
                                         {"type", error.code.empty() ? std::string{"value_error"} : error.code}}})}};
    return {{"object", "error"},
            {"message", error.what()},
            {"type", mistral_error_type(error.status)},
            {"param", error.param.empty() ? json() : json(error.param)},
            {"code", error.code.empty() ? json() : json(error.code)}};
}

asio::awaitable<server_response> mistral_api::call(const route &where, server_request &request) {
    const bool of_job = request.path.starts_with("/mistral/v1/batch/");
    server_response response;
    if (where.name == "upload")
        response = co_await upload(request);
    else if (where.name == "create")
        response = co_await create(request);
    else if (where.name == "files")
        response = json_response(200, list_files(request));
    else if (where.name == "file")
        response = json_response(200, show_mistral_file(existing_file(where.id)));
    else if (where.name == "content")
        response = content(where.id);
    else if (where.name == "get")
        response = get(request, where.id);
    else if (where.name == "list")
        response = json_response(200, list(request));
    else if (where.name == "cancel")
        response = json_response(200, cancel(where.id));
    else
        response = json_response(200, of_job ? remove(where.id) : delete_file(where.id));
    co_return response;
}

mistral_page read_mistral_page(const http::server_request &request, std::int64_t usual_size) {
    const auto page = integer_parameter(request, "page", 0);
    const auto size = integer_parameter(request, "page_size", usual_size);
    if (!page || *page < 0)
        throw api_error{422, "Input should be greater than or equal to 0", "query.page", "greater_than_equal"};
    if (!size || *size < 1)
        throw api_error{422, "Input should be greater than or equal to 1", "query.page_size", "greater_than_equal"};
    return {*page, *size};
}

} // namespace smelt::sim
