#include "catch.hpp"
#include "scripted_server.hpp"

#include "smelt/base/error.hpp"
#include "smelt/provider/batch_api.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using provider::create_outcome;
using provider::failure_kind;
using provider::remote_state;

namespace {

constexpr auto batch_json =
    R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions","model":"m","errors":null,"input_file_id":"file-in",)"
    R"("completion_window":"24h","status":"in_progress","output_file_id":null,"error_file_id":"","created_at":1711471533,)"
    R"("request_counts":{"total":100,"completed":95,"failed":5},"metadata":{"smelt_nonce":"n1","smelt_installation":"i1"},"extra":{}})";

std::string error_json(std::string_view code, std::string_view type = "invalid_request_error") {
    return R"({"error":{"message":"no","type":")" + std::string{type} + R"(","param":null,"code":)" +
           (code.empty() ? "null" : "\"" + std::string{code} + "\"") + "}}";
}

/// A provider that talks to a scripted server.
struct fixture {
    fixture() {
        options.retries = 1;
        options.idle_timeout = 5s;
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
            run(io, [&]() -> asio::awaitable<void> { out = co_await call(); });
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
        r.deadline = std::chrono::steady_clock::now() + 10s;
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

    asio::io_context io;
    scripted_server server{io};
    http::client_options options;
    std::optional<http::client> client;
    std::unique_ptr<provider::batch_api> made;
};

} // namespace

TEST_CASE_METHOD(fixture, "a create carries nonce and installation and its batch comes back") {
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

TEST_CASE_METHOD(fixture, "only the service's own error under a listed status proves that nothing was made") {
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

TEST_CASE_METHOD(fixture, "a status that calls the request invalid is a refusal with any reason in JSON") {
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

TEST_CASE_METHOD(fixture, "every other status leaves the create unknown and is not repeated") {
    const int status = GENERATE(301, 302, 405, 408, 409, 410, 418, 500, 502, 503, 504, 529);
    CAPTURE(status);
    server.then(answer(status, error_json("x"), "X-Should-Retry: true\r\nRetry-After: 0\r\n"));
    CHECK(create().outcome == create_outcome::unknown);
    CHECK(server.seen().size() == 1);
}

TEST_CASE_METHOD(fixture, "a success that names no batch leaves the create unknown") {
    const auto *body = GENERATE("", "{}", "{\"id\":null}", "{\"id\":\"\"}", "not json", "[]",
                                "{\"error\":{\"message\":\"m\",\"code\":\"c\"}}");
    CAPTURE(body);
    server.then(answer(200, body));
    CHECK(create().outcome == create_outcome::unknown);
}

TEST_CASE_METHOD(fixture, "a create that breaks after the first byte is unknown") {
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

TEST_CASE_METHOD(fixture, "a create to a server that is not there was not sent") {
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

TEST_CASE_METHOD(fixture, "a spent quota is refused for good, a rate limit for now with its delay") {
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

TEST_CASE_METHOD(fixture, "no message holds the key, whole or in part") {
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

TEST_CASE_METHOD(fixture, "a batch is read, absent files alike whether null, missing or blank") {
    server.then(answer(200, batch_json));
    server.then(
        answer(200, R"({"id":"b/../2?","status":"COMPLETED","output_file_id":"file-out","created_at":"soon"})"));
    const auto one = get("batch_1");
    CHECK(one.state == remote_state::running);
    CHECK(one.status == "in_progress");
    CHECK(one.input_file == "file-in");
    CHECK(one.output_file.empty());
    CHECK(one.error_file.empty());
    CHECK(one.total == 100);
    CHECK(one.completed == 95);
    CHECK(one.failed == 5);
    CHECK(one.installation == "i1");
    CHECK(one.created == std::chrono::system_clock::time_point{1711471533s});
    const auto two = get("b/../2?");
    CHECK(server.seen().at(1).target == "/v1/batches/b%2F..%2F2%3F");
    CHECK(two.state == remote_state::completed);
    CHECK(two.output_file == "file-out");
    CHECK(two.nonce.empty());
    CHECK_FALSE(two.total);
}

TEST_CASE_METHOD(fixture, "the errors of a failed batch keep code, line and message") {
    server.then(answer(200, R"({"id":"b","status":"failed","errors":{"object":"list","data":[)"
                            R"({"code":"invalid_json_line","message":"bad","param":null,"line":7},)"
                            R"({"code":"token_limit_exceeded","message":"full","line":null},{"line":"x"},5]}})"));
    const auto got = get("b");
    REQUIRE(got.errors.size() == 4);
    CHECK(got.errors[0].code == "invalid_json_line");
    CHECK(got.errors[0].line == 7);
    CHECK(got.errors[1].code == "token_limit_exceeded");
    CHECK(got.errors[1].kind == failure_kind::busy);
    CHECK_FALSE(got.errors[1].line);
    CHECK_FALSE(got.errors[2].line);
}

TEST_CASE_METHOD(fixture, "status words are known in any case and unknown ones are no end") {
    CHECK(api().state_of("Cancelling") == remote_state::cancelling);
    CHECK(api().state_of("expired") == remote_state::expired);
    CHECK(api().state_of("validating") == remote_state::validating);
    CHECK(api().state_of("finalizing") == remote_state::finalizing);
    for (const auto *status : {"", "paused", "complete", "completed "}) {
        CHECK(api().state_of(status) == remote_state::unknown);
        CHECK_FALSE(provider::is_terminal(api().state_of(status)));
    }
}

TEST_CASE_METHOD(fixture, "listings are paged by the last id") {
    server.then(answer(200, R"({"object":"list","data":[{"id":"b3"},{"id":"b2"}],"last_id":"b2","has_more":true})"));
    server.then(answer(200, R"({"object":"list","data":[{"id":"b1"}],"has_more":true})"));
    server.then(answer(200, R"({"object":"list","data":[],"last_id":"b1","has_more":false})"));
    const auto first = list("");
    CHECK(first.batches.size() == 2);
    CHECK(first.next == "b2");
    const auto second = list(first.next);
    CHECK(second.next == "b1");
    CHECK(list(second.next).next.empty());
    CHECK(server.seen().at(0).target == "/v1/batches?limit=100");
    CHECK(server.seen().at(1).target == "/v1/batches?limit=100&after=b2");
}

TEST_CASE_METHOD(fixture, "a listing that hides something is an error, never an end") {
    const auto *page = GENERATE("{}", "not json", R"({"data":7})", R"({"detail":"no"})");
    CAPTURE(page);
    server.then(answer(200, page));
    CHECK_THROWS_AS(list("cursor"), provider::provider_error);
}

TEST_CASE_METHOD(fixture, "a listing is read as far as it goes, and says when a batch of ours may be missing") {
    const auto [page, batches, incomplete] = GENERATE(table<std::string, std::size_t, bool>({
        {R"({"data":null})", 0, false},
        {R"({"object":"list","has_more":false})", 0, false},
        {R"([])", 0, false},
        {R"({"data":[5,null,{"status":"completed"},{"id":"x"}]})", 1, false},
        {R"({"data":[{"id":null,"metadata":{"smelt_nonce":"n"}},{"id":"x"}]})", 1, true},
        {R"({"data":[],"has_more":true})", 0, true},
        {R"({"data":[{"id":"x"}],"last_id":"cursor","has_more":true})", 1, true},
    }));
    CAPTURE(page);
    server.then(answer(200, page));
    const auto got = list("cursor");
    CHECK(got.batches.size() == batches);
    CHECK(got.incomplete == incomplete);
    CHECK(got.next.empty());
}

TEST_CASE_METHOD(fixture, "a service without a listing is told by its setting") {
    const int status = GENERATE(404, 405, 501);
    const auto *body = GENERATE(R"({"detail":"Not Found"})", R"({"error":{"message":"no","type":"t","code":"c"}})");
    server.then(answer(status, body));
    server.then(answer(status, body));
    try {
        (void)list("");
        FAIL("no error");
    } catch (const provider::provider_error &e) {
        CHECK(e.why().status == status);
        CHECK_THAT(e.what(), SMELT_CONTAINS("provider.quirks.list: false"));
    }
}

TEST_CASE_METHOD(fixture, "with the quirk nothing can be looked up") {
    for (const std::string dialect : {"openai", "mistral", "anthropic", "gemini"}) {
        http::client other{io.get_executor(), options};
        config::provider_spec spec;
        spec.dialect = dialect;
        CHECK(provider::make_batch_api(spec, "", other)->capabilities().find_by != provider::lookup::none);
        spec.quirks.list = false;
        CHECK(provider::make_batch_api(spec, "", other)->capabilities().find_by == provider::lookup::none);
    }
}

TEST_CASE_METHOD(fixture, "cancelling an ended batch reads what it is now") {
    const int status = GENERATE(409, 400);
    server.then(answer(status, error_json("")));
    server.then(answer(200, R"({"id":"b","status":"completed"})"));
    CHECK(cancel("b").state == remote_state::completed);
    REQUIRE(server.seen().size() == 2);
    CHECK(server.seen()[0].target == "/v1/batches/b/cancel");
    CHECK(server.seen()[1].method == "GET");
}

TEST_CASE_METHOD(fixture, "cancelling a running batch gives its state, and a refusal is an error") {
    server.then(answer(200, R"({"id":"b","status":"cancelling"})"));
    CHECK(cancel("b").state == remote_state::cancelling);
    server.then(answer(400, error_json("")));
    server.then(answer(200, R"({"id":"b","status":"in_progress"})"));
    CHECK_THROWS_AS(cancel("b"), provider::provider_error);
    server.then(answer(404, error_json("")));
    CHECK_THROWS_AS(cancel("b"), provider::provider_error);
}

TEST_CASE_METHOD(fixture, "an upload sends purpose and file name and gives the id") {
    auto name = (std::filesystem::temp_directory_path() / "smelt-upload-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    std::ofstream{name} << "{}\n";
    server.then(answer(500, "", "Retry-After-Ms: 1\r\n"));
    server.then(answer(200, R"({"id":"file-1","object":"file"})"));
    server.then(answer(200, "{}"));
    CHECK(upload(name, "smelt-n1") == "file-1");
    const auto &seen = server.seen().at(1);
    CHECK(seen.target == "/v1/files");
    CHECK_THAT(seen.body, SMELT_CONTAINS("name=\"purpose\"\r\n\r\nbatch\r\n"));
    CHECK_THAT(
        seen.body,
        SMELT_CONTAINS("name=\"file\"; filename=\"smelt-n1.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n{}\n"));
    CHECK_THROWS_AS(upload(name, "x.jsonl"), provider::provider_error);
    std::filesystem::remove(name);
}

TEST_CASE_METHOD(fixture, "files are fetched and removed, and one that is gone is no error to remove") {
    server.then(answer(200, "line\n"));
    server.then(answer(404, error_json("")));
    server.then(answer(200, R"({"deleted":true})"));
    server.then(answer(404, error_json("")));
    std::string got;
    const http::body_sink sink = [&](std::string_view piece) -> asio::awaitable<void> {
        got += piece;
        co_return;
    };
    fetch("file-1", sink);
    CHECK(got == "line\n");
    CHECK(server.seen().at(0).target == "/v1/files/file-1/content");
    CHECK_THROWS_AS(fetch("file-1", sink), provider::provider_error);
    delete_file("file-1");
    delete_file("file-1");
    CHECK(server.seen().at(2).method == "DELETE");
}

TEST_CASE_METHOD(fixture, "an id that would name something else is never sent") {
    const auto *id = GENERATE("", ".", "..");
    CHECK_THROWS_AS(get(id), usage_error);
    CHECK_THROWS_AS(delete_file(id), usage_error);
    CHECK(server.seen().empty());
}

TEST_CASE_METHOD(fixture, "URLs with secrets are refused") {
    http::client other{io.get_executor(), options};
    config::provider_spec spec;
    spec.base_url = "https://user:secret@api.example/v1";
    CHECK_THROWS_AS(provider::make_batch_api(spec, "", other), usage_error);
    spec.base_url = "https://api.example/v1?key=1";
    CHECK_THROWS_AS(provider::make_batch_api(spec, "", other), usage_error);
}
