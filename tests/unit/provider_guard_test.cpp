#include "catch.hpp"
#include "provider/redact.hpp"
#include "scripted_server.hpp"

#include "smelt/provider/batch_api.hpp"
#include "smelt/provider/chat_api.hpp"

#include <set>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const std::string key = "pk-0123456789abcdefghijklmnop";

/// Nothing of the key that is worth something, and nothing that a terminal obeys.
bool is_clean(const std::string &text) {
    const bool steers = text.find_first_of("\x1b\n\r\x07") != std::string::npos;
    return !steers && text.find(key.substr(0, 8)) == std::string::npos &&
           text.find(key.substr(key.size() - 8)) == std::string::npos;
}

/// What a service might say, as the inside of a JSON string.
const std::string echo = "bad \\u001b[31mkey " + key + " or Bearer abc0123456789 or " + key.substr(0, 12) +
                         "... or ..." + key.substr(key.size() - 9) + "\\nend";

/// One dialect against a server that plays answers.
struct fixture {
    explicit fixture(const std::string &dialect) {
        http::client_options options;
        options.retries = 0;
        client.emplace(io.get_executor(), options);
        config::provider_spec spec;
        spec.dialect = dialect;
        spec.base_url = server.url("/v1");
        spec.synchronous = dialect == "chat" || dialect == "messages";
        if (spec.synchronous)
            chat = provider::make_chat_api(spec, key, *client);
        else
            api = provider::make_batch_api(spec, key, *client);
    }
    [[nodiscard]] const provider::dialect &dialect() const {
        if (chat)
            return *chat;
        return *api;
    }
    /// The words of the exception that a call ends with.
    template <class F>
    std::string refusal(F call) {
        server.then(answer(400, refused));
        io.restart();
        try {
            run(io, call);
        } catch (const provider::provider_error &e) {
            return e.what() + e.why().code;
        }
        FAIL("no error");
        return {};
    }
    provider::remote_batch get(const std::string &body) {
        server.then(answer(200, body));
        provider::remote_batch out;
        const std::string id = "b";
        io.restart();
        run(io, [&]() -> asio::awaitable<void> { out = co_await api->get(id); });
        return out;
    }
    const std::string refused = R"({"error":{"message":")" + echo + R"(","type":"t","code":")" + key +
                                R"("},"object":"error","message":")" + echo + "\"}";
    asio::io_context io;
    scripted_server server{io};
    std::optional<http::client> client;
    std::unique_ptr<provider::batch_api> api;
    std::unique_ptr<provider::chat_api> chat;
};

std::string whole(const provider::remote_batch &b) {
    std::string out =
        b.id + b.status + b.nonce + b.installation + b.task + b.version + b.input_file + b.output_file + b.error_file;
    for (const auto &e : b.errors)
        out += e.code + e.message;
    return out;
}

} // namespace

TEST_CASE("keys and parts of them are left out of what a provider says") {
    const provider::text_guard guard{key};
    CHECK(guard.clean("key " + key + ".") == "key ***.");
    CHECK(guard.clean("starts " + key.substr(0, 8) + "…") == "starts ***…");
    CHECK(guard.clean("…" + key.substr(key.size() - 10) + " is wrong") == "…*** is wrong");
    CHECK(guard.clean("clipped " + key.substr(0, 20)) == "clipped ***");
    CHECK(guard.clean("sk-abc***xyz and task-force") == "sk-*** and task-force");
    CHECK(guard.clean("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x was refused") ==
          "Authorization: Bearer *** was refused");
    CHECK(guard.clean("a bearer token is missing") == "a bearer token is missing");
    CHECK(guard.clean(key + key) == "******");
    CHECK(guard.clean("a\x1b[31mb\x9b\n") == "a [31mb? ");
    CHECK(provider::text_guard{""}.clean("no key") == "no key");
    CHECK(provider::text_guard{"none"}.clean_id("batch_none_1") == "batch_none_1");
    CHECK(guard.clean_id("file-sk-1") == "file-sk-1");
}

TEST_CASE("no refused call of any service lets a key or a control character out") {
    const std::string dialect = GENERATE("openai", "mistral", "anthropic", "gemini");
    CAPTURE(dialect);
    fixture f{dialect};
    const std::string id = "b";
    const std::set<std::string> names{"n"};
    CHECK(is_clean(f.refusal([&]() -> asio::awaitable<void> { co_await f.api->get(id); })));
    CHECK(is_clean(f.refusal([&]() -> asio::awaitable<void> { co_await f.api->list(id); })));
    const http::body_sink sink = [](std::string_view) -> asio::awaitable<void> { co_return; };
    CHECK(is_clean(f.refusal([&]() -> asio::awaitable<void> { co_await f.api->fetch(id, sink); })));
    if (f.api->capabilities().keeps_files)
        CHECK(is_clean(f.refusal([&]() -> asio::awaitable<void> { co_await f.api->find_files(names, 1h); })));
    provider::create_request create;
    create.model = "m";
    create.input_file = "f";
    create.spool = "/dev/null";
    create.deadline = std::chrono::steady_clock::now() + 10s;
    provider::create_result made;
    f.server.then(answer(400, f.refused));
    f.io.restart();
    run(f.io, [&]() -> asio::awaitable<void> { made = co_await f.api->create(create); });
    CHECK_FALSE(made.why.message.empty());
    CHECK(is_clean(made.why.message + made.why.code));
}

TEST_CASE("no batch object of any service lets a key or a control character out") {
    fixture openai{"openai"};
    CHECK(
        is_clean(whole(openai.get(R"({"id":")" + key + R"(","status":")" + echo + R"(","output_file_id":")" + key +
                                  R"(","errors":{"data":[{"code":")" + key + R"(","message":")" + echo + R"("}]}})"))));
    CHECK(is_clean(whole(openai.get(R"({"id":"b","status":"failed","error":")" + echo + R"("})"))));
    fixture mistral{"mistral"};
    CHECK(is_clean(whole(
        mistral.get(R"({"id":"b","status":")" + echo + R"(","errors":[{"message":")" + echo + R"(","count":2}]})"))));
    fixture anthropic{"anthropic"};
    CHECK(is_clean(whole(anthropic.get(R"({"id":"b","processing_status":")" + echo + R"("})"))));
    fixture gemini{"gemini"};
    CHECK(is_clean(whole(gemini.get(R"({"name":"batches/b","metadata":{"state":")" + echo +
                                    R"("},"error":{"status":")" + key + R"(","message":")" + echo + R"("}})"))));
}

TEST_CASE("no result line of any service lets a key or a control character out") {
    const auto decoded = [](const std::string &dialect, const std::string &line) {
        fixture f{dialect};
        const auto got = f.dialect().decode(line);
        CAPTURE(dialect, line, got.message);
        CHECK_FALSE(got.message.empty());
        CHECK(is_clean(got.message + got.model));
    };
    const auto error = R"("error":{"code":")" + key + R"(","message":")" + echo + R"("})";
    for (const std::string dialect : {"openai", "mistral", "chat"}) {
        decoded(dialect, R"({"custom_id":"n-1",)" + error + "}");
        decoded(dialect,
                R"({"custom_id":"n-1","response":{"status_code":400,"body":{"model":")" + key + "\"," + error + "}}}");
        decoded(dialect, R"({"custom_id":"n-1","response":{"status_code":200,"body":{)" + error + "}}}");
        decoded(dialect, R"({"custom_id":"n-1","response":{"status_code":200,"body":{"choices":[{"message":)"
                         R"({"refusal":")" +
                             echo + R"("}}]}}})");
        decoded(dialect, R"({"custom_id":"n-1","response":{"status_code":200,"body":{"choices":[{"finish_reason":")" +
                             echo + R"(","message":{"content":""}}]}}})");
    }
    decoded("mistral", R"({"custom_id":"n-1","oddly":")" + echo + "\"}");
    for (const std::string dialect : {"anthropic", "messages"}) {
        decoded(dialect, R"({"custom_id":"n-1","result":{"type":"errored",)" + error + "}}");
        decoded(dialect, R"({"custom_id":"n-1","result":{"type":"succeeded","message":{"stop_reason":"refusal",)"
                         R"("stop_details":{"explanation":")" +
                             echo + R"("}}}})");
    }
    decoded("gemini", R"({"key":"n-1",)" + error + "}");
    decoded("gemini", R"({"key":"n-1","response":{"promptFeedback":{"blockReason":")" + echo + R"("}}})");
    decoded("gemini",
            R"({"key":"n-1","response":{"candidates":[{"finishReason":"SAFETY","finishMessage":")" + echo + R"("}]}})");
}

TEST_CASE("a synchronous service refuses without showing the key") {
    const std::string dialect = GENERATE("chat", "messages");
    fixture f{dialect};
    f.server.then(answer(401, f.refused));
    const std::string line = dialect == "chat" ? R"({"custom_id":"n-1","body":{"messages":[]}})"
                                               : R"({"custom_id":"n-1","params":{"messages":[]}})";
    const provider::stop_check never = [] { return false; };
    provider::answered got;
    run(f.io, [&]() -> asio::awaitable<void> { got = co_await f.chat->answer(line, never); });
    REQUIRE(got.refused);
    CHECK(got.refused->status == 401);
    CHECK_FALSE(got.refused->message.empty());
    CHECK(is_clean(got.refused->message + got.refused->code));
}

TEST_CASE("an answer to any call may be nested as deep as it likes") {
    const std::string dialect = GENERATE("openai", "mistral", "anthropic", "gemini");
    CAPTURE(dialect);
    fixture f{dialect};
    const auto deep = R"({"id":"b","name":"b","data":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    const std::string id = "b";
    for (const int status : {200, 400}) {
        f.server.then(answer(status, deep));
        f.io.restart();
        std::string why;
        try {
            run(f.io, [&]() -> asio::awaitable<void> { co_await f.api->get(id); });
        } catch (const provider::provider_error &e) {
            why = e.what();
        }
        CHECK_THAT(why, SMELT_CONTAINS("nested too deep"));
    }
}
