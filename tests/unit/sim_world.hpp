#pragma once

#include "catch.hpp"
#include "openapi_check.hpp"
#include "sim_support.hpp"
#include "simulator/service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

/// The simulator's service without sockets and clock.
namespace sim_test {

namespace asio = boost::asio;
namespace http = smelt::http;
using smelt::sim::options;
using smelt::sim::service;

class text_body final : public http::body_reader {
  public:
    explicit text_body(std::string text) : text_{std::move(text)} {}
    asio::awaitable<std::string_view> next() override {
        const auto piece = std::string_view{text_}.substr(at_, 1000);
        at_ += piece.size();
        co_return piece;
    }

  private:
    std::string text_;
    std::size_t at_ = 0;
};

struct answer {
    int status = 0;
    json body;
    std::string text; ///< of body
    http::headers fields;
    fs::path file;
    bool close = false; ///< the connection ends with it
};

/// The service without sockets, under a clock of the test's own.
class world {
  public:
    world() {
        settings.data = folder.path;
        settings.latency = std::chrono::milliseconds{1000};
        settings.invalid_rate = 0;
        start();
    }
    void start() {
        sim.reset();
        sim.emplace(io.get_executor(), settings, [this] { return now; });
    }

    /// A call under way.
    struct pending {
        explicit pending(std::string body) : reader{std::move(body)} { request.body = &reader; }
        text_body reader;
        http::server_request request;
        answer out;
        std::exception_ptr failure;
        bool ended = false;
    };
    std::unique_ptr<pending> begin(const std::string &method, const std::string &target, const std::string &body = {},
                                   http::headers fields = {}) {
        auto call = std::make_unique<pending>(body);
        http::server_request &request = call->request;
        request.method = method;
        const auto question = target.find('?');
        request.path = target.substr(0, question);
        if (question != std::string::npos)
            for (std::string rest = target.substr(question + 1); !rest.empty();) {
                const auto pair = rest.substr(0, rest.find('&'));
                request.query.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
                rest.erase(0, pair.size() + 1);
            }
        request.fields = std::move(fields);
        asio::co_spawn(io, sim->handle(request),
                       [to = call.get()](const std::exception_ptr &e, const http::server_response &response) {
                           to->failure = e;
                           to->ended = true;
                           to->out = {response.status, json::parse(response.body, nullptr, false),
                                      response.body,   response.fields,
                                      response.file,   response.close};
                       });
        return call;
    }
    answer finish(pending &call) {
        while (!call.ended)
            io.run_one();
        if (call.failure)
            std::rethrow_exception(call.failure);
        return call.out;
    }
    answer send(const std::string &method, const std::string &target, const std::string &body = {},
                http::headers fields = {}) {
        return finish(*begin(method, target, body, std::move(fields)));
    }
    answer get(const std::string &target) { return send("GET", target); }
    answer post(const std::string &target, const json &body) { return send("POST", target, body.dump()); }

    answer upload(const std::string &content, const std::string &name = "in.jsonl",
                  const std::string &purpose = "batch", const std::string &path = "/v1/files") {
        const std::string body = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose +
                                 "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                                 "\"\r\nContent-Type: application/jsonl\r\n\r\n" + content + "\r\n--b--\r\n";
        return send("POST", path, body, {{"content-type", "multipart/form-data; boundary=b"}});
    }
    answer create(const std::string &file, const json &extra = json::object()) {
        json body = {{"input_file_id", file}, {"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}};
        body.update(extra);
        return post("/v1/batches", body);
    }
    /// Reads target until is_over says so of the answer, while the worker works and time passes.
    template <class F>
    json until(const std::string &target, F is_over, const http::headers &fields = {}) {
        now += 2000;
        json shown = send("GET", target, "", fields).body;
        for (int tries = 0; !is_over(shown) && tries < 1000; ++tries) {
            io.run_one_for(std::chrono::milliseconds{5});
            now += 100;
            shown = send("GET", target, "", fields).body;
        }
        return shown;
    }
    /// Waits for the worker, while no time passes.
    void made(std::int64_t requests) {
        while (get("/sim/counters").body["requests_received"] != requests)
            io.run_one_for(std::chrono::milliseconds{5});
    }
    /// Lets the worker finish and the batch's time pass.
    json ended(const std::string &id) {
        now += 2000;
        json shown = get("/v1/batches/" + id).body;
        while (shown["status"] == "validating" || shown["status"] == "cancelling") {
            io.run_one_for(std::chrono::milliseconds{5}); // the worker's results come home, if they did not already
            shown = get("/v1/batches/" + id).body;
            now += 100;
        }
        return shown;
    }
    json completed(const std::string &input, const json &faults = nullptr) {
        if (!faults.is_null())
            REQUIRE(post("/sim/faults", faults).status == 200);
        return ended(create(upload(input).body["id"]).body["id"]);
    }

    temp_folder folder;
    options settings;
    std::int64_t now = 1'800'000'000'000;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{io.get_executor()};
    std::optional<service> sim;
};

inline const openapi_check &spec() {
    static const openapi_check check{SMELT_SOURCE_DIR "/tests/data/openai-batch.json"};
    return check;
}

inline std::string field(const answer &a, const std::string &name) {
    for (const auto &[key, value] : a.fields)
        if (key == name)
            return value;
    return {};
}

inline std::string error_of(const answer &a) {
    CHECK(spec().problem("ErrorResponse", a.body).empty());
    return a.body.value("error", json::object()).value("message", "");
}

} // namespace sim_test
