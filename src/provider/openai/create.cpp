#include "openai.hpp"

namespace smelt::provider {
namespace {

std::string create_body(const create_request &r, const config::quirks_spec &quirks) {
    json body{
        {"input_file_id", r.input_file}, {"endpoint", r.endpoint}, {"completion_window", quirks.completion_window}};
    if (quirks.metadata)
        body["metadata"] = metadata_of(r);
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

awaitable<create_result> openai::create(const create_request &r) {
    auto request = service_.request_for("POST", "/batches");
    request.content_type = "application/json";
    request.body = create_body(r, quirks_);
    co_return co_await service_.create(request, r.deadline, reader_);
}

} // namespace smelt::provider
