#pragma once

#include "catch.hpp"
#include "openapi_check.hpp"
#include "sim_support.hpp"
#include "simulator/service.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

/// The simulator's service without sockets and clock.
namespace sim_test {

namespace asio = boost::asio;
namespace http = smelt::http;
using smelt::sim::options;
using smelt::sim::service;

const std::string chat_path = "/v1/chat/completions";
const http::headers anthropic_version{{"anthropic-version", "2023-06-01"}};

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
    world();
    /// Anew, on the same folder.
    void start();

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
                                   http::headers fields = {});
    answer finish(pending &call);
    answer send(const std::string &method, const std::string &target, const std::string &body = {},
                http::headers fields = {});
    answer get(const std::string &target) { return send("GET", target); }
    answer post(const std::string &target, const json &body) { return send("POST", target, body.dump()); }

    answer upload(const std::string &content, const std::string &name = "in.jsonl",
                  const std::string &purpose = "batch", const std::string &path = "/v1/files");
    answer create(const std::string &file, const json &extra = json::object());
    /// Reads target until is_over says so of the answer, while the worker works and time passes.
    template <class F>
    json until(const std::string &target, F is_over, const http::headers &fields = {}) {
        now += 2000;
        json shown = send("GET", target, "", fields).body;
        for (int tries = 0; !is_over(shown) && tries < 1000; ++tries) {
            let_work();
            now += 100;
            shown = send("GET", target, "", fields).body;
        }
        return shown;
    }
    /// Waits for the worker, while no time passes.
    void made(std::int64_t requests);
    /// Lets the worker finish and the batch's time pass.
    json ended(const std::string &id);
    json completed(const std::string &input, const json &faults = nullptr);

    /// What the worker has done comes home.
    void let_work();

    temp_folder folder;
    options settings;
    std::int64_t now = 1'800'000'000'000;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{io.get_executor()};
    std::optional<service> sim;
};

const openapi_check &spec();
std::string field(const answer &a, const std::string &name);
/// The message of an answer that has the form of OpenAI's errors.
std::string error_of(const answer &a);

} // namespace sim_test
