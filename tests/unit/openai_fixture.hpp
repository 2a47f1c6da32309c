#pragma once

#include "scripted_server.hpp"

#include "smelt/provider/batch_api.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smelt::test {

inline constexpr auto batch_json =
    R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions","model":"m","errors":null,"input_file_id":"file-in",)"
    R"("completion_window":"24h","status":"in_progress","output_file_id":null,"error_file_id":"","created_at":1711471533,)"
    R"("request_counts":{"total":100,"completed":95,"failed":5},"metadata":{"smelt_nonce":"n1","smelt_installation":"i1"},"extra":{}})";

inline std::string error_json(std::string_view code, std::string_view type = "invalid_request_error") {
    return R"({"error":{"message":"no","type":")" + std::string{type} + R"(","param":null,"code":)" +
           (code.empty() ? "null" : "\"" + std::string{code} + "\"") + "}}";
}

/// A provider that talks to a scripted server.
struct openai_fixture {
    openai_fixture() {
        options.retries = 1;
        options.idle_timeout = std::chrono::seconds{5};
    }
    provider::batch_api &api() {
        if (!made) {
            client.emplace(io.get_executor(), options);
            config::provider_spec spec;
            spec.base_url = server.url("/v1/");
            spec.organization = "org-1";
            spec.project = "proj-1";
            made = provider::make_batch_api(spec, "sk-test-key", *client);
        }
        return *made;
    }
    template <class F>
    auto wait(F call) {
        using value = typename std::invoke_result_t<F>::value_type;
        if constexpr (std::is_void_v<value>) {
            io.restart();
            run(io, call);
        } else {
            std::optional<value> out;
            io.restart();
            run(io, [&]() -> boost::asio::awaitable<void> { out = co_await call(); });
            return std::move(*out);
        }
    }
    provider::create_result create() {
        provider::create_request r;
        r.input_file = "file-in";
        r.endpoint = "/v1/chat/completions";
        r.nonce = "n1";
        r.installation = "i1";
        r.name = "nightly";
        r.deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        return wait([&] { return api().create(r); });
    }
    // The calls take references and start late, so the arguments live here.
    provider::remote_batch get(const std::string &id) {
        return wait([&] { return api().get(id); });
    }
    provider::remote_batch cancel(const std::string &id) {
        return wait([&] { return api().cancel(id); });
    }
    provider::listing list(const std::string &cursor) {
        return wait([&] { return api().list(cursor); });
    }
    std::string upload(const std::filesystem::path &file, const std::string &name) {
        return wait([&] { return api().upload(file, name); });
    }
    void fetch(const std::string &id, const http::body_sink &sink) {
        wait([&] { return api().fetch(id, sink); });
    }
    void delete_file(const std::string &id) {
        wait([&] { return api().delete_file(id); });
    }

    boost::asio::io_context io;
    scripted_server server{io};
    http::client_options options;
    std::optional<http::client> client;
    std::unique_ptr<provider::batch_api> made;
};

} // namespace smelt::test
