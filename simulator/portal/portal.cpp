#include "portal.hpp"

#include "smelt/base/hash.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <fstream>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

std::size_t number_of(const server_request &request, const char *name, std::size_t otherwise) {
    const auto text = request.parameter(name).value_or("");
    std::size_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What was asked, without the key.
std::string asked_of(const server_request &request) {
    auto text = request.path;
    char before = '?';
    for (const auto &[name, value] : request.query) {
        if (name == "api_key")
            continue;
        text += before + name + "=" + value;
        before = '&';
    }
    return text;
}

server_response refusal(int status, const char *message) {
    return {status, json{{"detail", message}}.dump()};
}

server_response faulty(const json &fault) {
    server_response response{fault.value("status", 500), json{{"detail", "Simulated fault."}}.dump()};
    if (fault.contains("retry_after"))
        response.fields.emplace_back("Retry-After", fault.at("retry_after").get<std::string>());
    if (fault.contains("body"))
        response.body = fault.at("body").get<std::string>();
    if (fault.contains("redirect")) {
        response.status = fault.value("status", 302);
        response.fields.emplace_back("Location", fault.at("redirect").get<std::string>());
    }
    return response;
}

server_response list_page(const json &world, const server_request &request) {
    const auto id = request.parameter("search_id").value_or("");
    if (!world.at("lists").contains(id))
        return refusal(404, "There is no such search.");
    const auto &records = world.at("lists").at(id);
    const auto size = number_of(request, "page_size", world.value("page_size", std::size_t{10}));
    const auto page = number_of(request, "page_number", 1);
    const auto pages = std::max<std::size_t>((records.size() + size - 1) / size, 1);
    auto results = json::array();
    for (std::size_t i = (page - 1) * size; i < std::min(page * size, records.size()); ++i)
        results.push_back(records.at(i));
    json body{{"results", std::move(results)}, {"meta", {{"pagination", {{"page", page}, {"pages", pages}}}}}};
    // As services do that lead from page to page, the key within the address.
    if (page < pages)
        body["links"] = {{"next", "/portal/opportunity/?search_id=" + id + "&page_number=" + std::to_string(page + 1) +
                                      "&api_key=" + request.parameter("api_key").value_or("")}};
    return {200, body.dump()};
}

/// A long text need not stand in the file: {"text": WORDS, "characters": N} is the words over and over.
json spelled_out(json document) {
    for (auto &value : document) {
        if (!value.is_object() || !value.contains("characters"))
            continue;
        const auto words = value.at("text").get<std::string>();
        const auto size = value.at("characters").get<std::size_t>();
        std::string text;
        while (text.size() < size && !words.empty())
            text += words;
        value = text.substr(0, size);
    }
    return document;
}

server_response documents(const json &world, const server_request &request) {
    const auto key = request.parameter("related_key").value_or("");
    if (!world.contains("documents") || !world.at("documents").contains(key))
        return refusal(404, "There are no documents.");
    auto results = json::array();
    for (const auto &document : world.at("documents").at(key))
        results.push_back(spelled_out(document));
    return {200, json{{"results", std::move(results)}}.dump()};
}

/// A reader that has it already is told so.
server_response tagged(server_response response, const server_request &request) {
    const auto tag = '"' + sha256_hex(response.body).substr(0, 16) + '"';
    if (response.status == 200 && request.header("if-none-match") == tag)
        response = {304, ""};
    response.fields.emplace_back("ETag", tag);
    return response;
}

} // namespace

bool portal::is_asked(const server_request &request) {
    return request.path.starts_with("/portal/") || request.path == "/sim/portal";
}

asio::awaitable<server_response> portal::handle(server_request &request) {
    if (request.path == "/sim/portal")
        co_return server_response{200, json{{"asked", asked_}, {"most_at_once", most_under_way_}}.dump()};
    std::ifstream in{file_};
    const auto world = json::parse(in, nullptr, false);
    if (!world.is_object())
        co_return refusal(500, "The portal's file is no JSON object.");
    const auto asked = asked_of(request);
    asked_.push_back(asked);
    most_under_way_ = std::max(most_under_way_, ++under_way_);
    asio::steady_timer timer{co_await asio::this_coro::executor, std::chrono::milliseconds{world.value("delay_ms", 0)}};
    co_await timer.async_wait(asio::use_awaitable);
    --under_way_;
    co_return tagged(answer(world, request, asked), request);
}

server_response portal::answer(const json &world, const server_request &request, const std::string &asked) {
    if (const auto *fault = fault_for(world, asked))
        return faulty(*fault);
    if (world.contains("key") && request.parameter("api_key").value_or("") != world.at("key").get<std::string>())
        return refusal(401, "The key is wrong.");
    if (request.path == "/portal/opportunity/")
        return list_page(world, request);
    if (request.path == "/portal/document/")
        return documents(world, request);
    return refusal(404, "There is no such page.");
}

const json *portal::fault_for(const json &world, const std::string &asked) {
    if (!world.contains("faults"))
        return nullptr;
    for (const auto &fault : world.at("faults")) {
        if (asked.find(fault.at("match").get<std::string>()) == std::string::npos)
            continue;
        auto &met = faults_met_[fault.dump()];
        if (!fault.contains("times") || met < fault.at("times").get<int>()) {
            ++met;
            return &fault;
        }
    }
    return nullptr;
}

} // namespace smelt::sim
