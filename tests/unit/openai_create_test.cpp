#include "catch.hpp"
#include "openai_fixture.hpp"

#include "smelt/base/error.hpp"

#include <boost/asio/use_awaitable.hpp>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using provider::create_outcome;
using provider::failure_kind;

TEST_CASE_METHOD(openai_fixture, "a create carries nonce and installation and its batch comes back") {
    server.then(answer(200, batch_json));
    const auto got = create();
    CHECK(got.outcome == create_outcome::created);
    CHECK(got.batch.id == "batch_1");
    CHECK(got.batch.nonce == "n1");
    const auto &seen = server.seen().at(0);
    CHECK(seen.method + " " + seen.target == "POST /v1/batches");
    CHECK(seen.header("authorization") == "Bearer sk-test-key");
    CHECK(seen.header("openai-organization") == "org-1");
    CHECK(seen.header("openai-project") == "proj-1");
    const auto body = json::parse(seen.body);
    CHECK(body["input_file_id"] == "file-in");
    CHECK(body["endpoint"] == "/v1/chat/completions");
    CHECK(body["completion_window"] == "24h");
    CHECK(body["metadata"].dump() == R"({"smelt_nonce":"n1","smelt_installation":"i1","smelt_name":"nightly"})");
}

TEST_CASE_METHOD(openai_fixture, "only the service's own error under a listed status proves that nothing was made") {
    const int status = GENERATE(400, 401, 402, 403, 404, 413, 415, 422, 429);
    const auto [body, expected] = GENERATE(table<std::string, provider::create_outcome>({
        {error_json("some_code"), create_outcome::refused},
        {"<html>nginx</html>", create_outcome::unknown},
        {"", create_outcome::unknown},
        {"{}", create_outcome::unknown},
        {"{\"error\":\"text\"}", create_outcome::unknown},
        {"{\"error\":{\"message\":\"\"}}", create_outcome::unknown},
        {"{\"message\":\"gateway\"}", create_outcome::unknown},
        {"[1]", create_outcome::unknown},
        {"{\"error\":{\"message\":{\"detail\":\"nested\"},\"code\":400}}", create_outcome::refused},
        {"{\"detail\":\"Not Found\"}", create_outcome::unknown},
    }));
    CAPTURE(status, body);
    server.then(answer(status, body));
    const auto got = create();
    CHECK(got.outcome == expected);
    CHECK(got.why.status == status);
    CHECK((got.why.kind == failure_kind::busy) == (status == 429 && expected == create_outcome::refused));
    CHECK(server.seen().size() == 1);
}

TEST_CASE_METHOD(openai_fixture, "a status that calls the request invalid is a refusal with any reason in JSON") {
    const int status = GENERATE(400, 401, 402, 403, 404, 413, 415, 422, 429);
    const std::string body = GENERATE(R"({"error":{"message":"List should have at most 1000 items"}})",
                                      R"({"detail":[{"loc":["body","x"],"msg":"field required","type":"missing"}]})");
    CAPTURE(status, body);
    server.then(answer(status, body));
    const auto got = create();
    const bool invalid = status == 400 || status == 413 || status == 422;
    CHECK(got.outcome == (invalid ? create_outcome::refused : create_outcome::unknown));
    CHECK(got.why.code == (invalid ? "invalid_request" : ""));
    CHECK(got.why.kind == (invalid ? failure_kind::request : failure_kind::unclear));
}

TEST_CASE_METHOD(openai_fixture, "every other status leaves the create unknown and is not repeated") {
    const int status = GENERATE(301, 302, 405, 408, 409, 410, 418, 500, 502, 503, 504, 529);
    CAPTURE(status);
    server.then(answer(status, error_json("x"), "X-Should-Retry: true\r\nRetry-After: 0\r\n"));
    CHECK(create().outcome == create_outcome::unknown);
    CHECK(server.seen().size() == 1);
}

TEST_CASE_METHOD(openai_fixture, "a success that names no batch leaves the create unknown") {
    const auto *body = GENERATE("", "{}", "{\"id\":null}", "{\"id\":\"\"}", "not json", "[]",
                                "{\"error\":{\"message\":\"m\",\"code\":\"c\"}}");
    CAPTURE(body);
    server.then(answer(200, body));
    CHECK(create().outcome == create_outcome::unknown);
}

TEST_CASE_METHOD(openai_fixture, "a create that breaks after the first byte is unknown") {
    SECTION("dropped") {
        server.then(doing(reply::action_kind::drop));
    }
    SECTION("cut") {
        server.then(raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":\"batch_1\"", true));
    }
    SECTION("silent") {
        options.idle_timeout = 50ms;
        server.then(doing(reply::action_kind::hang));
    }
    const auto got = create();
    CHECK(got.outcome == create_outcome::unknown);
    CHECK_FALSE(got.why.message.empty());
    CHECK(server.seen().size() == 1);
}

TEST_CASE_METHOD(openai_fixture, "a create to a server that is not there was not sent") {
    config::provider_spec spec;
    {
        asio::io_context other;
        scripted_server gone{other};
        spec.base_url = gone.url("/v1");
    }
    http::client other_client{io.get_executor(), options};
    made = provider::make_batch_api(spec, "", other_client);
    CHECK(create().outcome == create_outcome::not_sent);
    made.reset();
}

TEST_CASE_METHOD(openai_fixture, "a spent quota is refused for good, a rate limit for now with its delay") {
    server.then(answer(429, error_json("insufficient_quota")));
    server.then(answer(429, error_json("", "insufficient_quota")));
    server.then(answer(429, error_json("rate_limit_exceeded"), "Retry-After: 120\r\n"));
    CHECK(create().why.kind == failure_kind::quota);
    CHECK(create().why.kind == failure_kind::quota);
    const auto busy = create().why;
    CHECK(busy.kind == failure_kind::busy);
    CHECK(busy.code == "rate_limit_exceeded");
    CHECK(busy.retry_after == 120s);
}

TEST_CASE_METHOD(openai_fixture, "no message holds the key, whole or in part") {
    const std::string quoting =
        R"({"error":{"message":"Incorrect API key provided: sk-test-key or sk-abc***xyz.","type":"t","code":"invalid_api_key"}})";
    server.then(answer(401, quoting));
    server.then(answer(401, quoting));
    const auto got = create();
    CHECK(got.outcome == create_outcome::refused);
    CHECK(got.why.message == "Incorrect API key provided: *** or sk-***.");
    try {
        (void)get("batch_1");
        FAIL("no error");
    } catch (const provider::provider_error &e) {
        CHECK(e.kind() == failure_kind::key);
        CHECK(e.why().code == "invalid_api_key");
        CHECK(std::string{e.what()}.find("test-key") == std::string::npos);
    }
}
