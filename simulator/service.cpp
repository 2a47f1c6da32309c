#include "service.hpp"

#include "simulator/anthropic/api.hpp"
#include "simulator/faults/corrupt_listing.hpp"
#include "simulator/faults/inject.hpp"
#include "simulator/gemini/api.hpp"
#include "simulator/http/redirect.hpp"
#include "simulator/mistral/api.hpp"
#include "simulator/openai/api.hpp"

#include "smelt/base/hash.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

server_response error_response(const vendor_api &vendor, const api_error &error, const std::string &request_id) {
    server_response response = json_response(error.status, vendor.error_body(error, request_id));
    if (!error.retry_after.empty())
        response.fields.emplace_back("Retry-After", error.retry_after);
    return response;
}

/// What `match` of a fault looks at.
std::string subject_of(const route &where, const server_request &request) {
    if (where.name != "answer")
        return request.path;
    return request.path + " " + std::string{request.header("x-client-request-id")};
}

server_response fault_response(const vendor_api &vendor, const call_fault &fault, const std::string &request_id) {
    const api_error error{fault.status, fault.message.empty() ? "Simulated fault." : fault.message, "", fault.code};
    server_response response =
        fault.body ? server_response{fault.status, *fault.body} : error_response(vendor, error, request_id);
    if (!fault.retry_after.empty())
        response.fields.emplace_back("Retry-After", fault.retry_after);
    if (!fault.retry_after_ms.empty())
        response.fields.emplace_back("retry-after-ms", fault.retry_after_ms);
    return response;
}

/// JSON of so many levels.
std::string deep_json(std::int64_t levels) {
    const auto count = static_cast<std::size_t>(levels);
    return R"({"id":"simulated","deep":)" + std::string(count, '[') + std::string(count, ']') + "}";
}

/// Whether the fault answers in the place of the service.
bool is_instead(const call_fault &fault) {
    return fault.status != 0 || fault.redirects > 0 || fault.deep > 0;
}

server_response instead(const vendor_api &vendor, const call_fault &fault, const server_request &request,
                        const std::string &request_id) {
    if (fault.redirects > 0)
        return redirect(request, fault.redirect_status, fault.redirect_to, fault.redirects);
    if (fault.deep > 0)
        return {fault.status == 0 ? 200 : fault.status, deep_json(fault.deep)};
    return fault_response(vendor, fault, request_id);
}

} // namespace

service::service(asio::any_io_executor executor, options settings, engine::clock now)
    : portal_{settings.portal}, engine_{std::move(executor), std::move(settings), std::move(now)} {
    vendors_[wire::openai] = std::make_unique<openai_api>(engine_);
    vendors_[wire::mistral] = std::make_unique<mistral_api>(engine_);
    vendors_[wire::anthropic] = std::make_unique<anthropic_api>(engine_);
    vendors_[wire::gemini] = std::make_unique<gemini_api>(engine_);
}

asio::awaitable<server_response> service::with_faults(vendor_api &vendor, const route &where, server_request &request,
                                                      const std::string &request_id) {
    auto fault = engine_.state().faults.take_call(where.name, subject_of(where, request));
    if (!fault)
        co_return co_await vendor.call(where, request);
    engine_.state().save_faults();
    if (fault->delay > 0) {
        asio::steady_timer timer{engine_.executor(), std::chrono::milliseconds{fault->delay}};
        co_await timer.async_wait(asio::use_awaitable);
    }
    if (fault->drop_before)
        throw http::drop_connection{};
    server_response response;
    route corrupted = where;
    corrupted.faults = &fault->corrupted;
    if (is_instead(*fault))
        response = instead(vendor, *fault, request, request_id);
    else if (fault->listing.empty())
        response = co_await vendor.call(corrupted, request);
    else
        response = co_await list(vendor, corrupted, request, fault->listing);
    if (fault->drop_after)
        throw http::drop_connection{};
    inject_wire_faults(*fault, request.header("accept-encoding"), engine_.now(), response);
    inject_body_faults(*fault, response);
    co_return response;
}

asio::awaitable<server_response> service::list(vendor_api &vendor, const route &where, server_request &request,
                                               const std::string &kind) {
    std::string cursor;
    if (kind == "endless" || kind == "repeating")
        cursor = take_cursor(request);
    server_response response = co_await vendor.call(where, request);
    json listing = json::parse(response.body, nullptr, false);
    if (where.name == "list" && (listing.is_object() || listing.is_array()))
        response.body = corrupt_listing(kind, cursor, std::move(listing)).dump();
    co_return response;
}

asio::awaitable<server_response> service::moved(vendor_api &vendor, server_request &request, std::int64_t redirects) {
    constexpr int same_method = 307;
    if (carries_key(request)) {
        ++engine_.state().faults.struck["moved_with_key"];
        engine_.state().save_faults();
    }
    if (redirects > 0)
        co_return redirect(request, same_method, "", redirects);
    const route where = vendor.find_route(request);
    co_return co_await vendor.call(where, request);
}

asio::awaitable<server_response> service::control(server_request &request) {
    if (request.path == "/sim/counters")
        co_return json_response(200, engine_.counters());
    fault_plan &plan = engine_.state().faults;
    const std::string body = co_await request.read_all(1024 * 1024);
    if (request.method == "DELETE")
        plan.clear();
    if (request.method == "POST")
        try {
            plan.add(json::parse(body, nullptr, false));
        } catch (const std::runtime_error &e) {
            throw api_error{400, e.what()};
        }
    engine_.state().save_faults();
    co_return json_response(200, plan.as_json());
}

asio::awaitable<server_response> service::answer(vendor_api &vendor, server_request &request,
                                                 const std::string &request_id) {
    if (request.path == "/sim/counters" || request.path == "/sim/faults")
        co_return co_await control(request);
    const route where = vendor.find_route(request);
    vendor.check_head(request, where, engine_.settings().key);
    co_return co_await with_faults(vendor, where, request, request_id);
}

asio::awaitable<server_response> service::handle(server_request &request) {
    if (portal::is_asked(request)) {
        auto page = co_await portal_.handle(request);
        co_return page;
    }
    const auto redirects = take_moved(request);
    vendor_api &vendor = *vendors_.at(wire_of(request));
    const std::string request_id = "req_" + random_nonce();
    server_response response;
    try {
        if (redirects)
            response = co_await moved(vendor, request, *redirects);
        else
            response = co_await answer(vendor, request, request_id);
    } catch (const api_error &e) {
        response = error_response(vendor, e, request_id);
    } catch (const http::body_too_large &) {
        const api_error too_large{413, "The request body is too large."};
        response = error_response(vendor, too_large, request_id);
    }
    response.fields.emplace_back(vendor.request_id_header(), request_id);
    co_return response;
}

} // namespace smelt::sim
