#include "catch.hpp"
#include "openai_fixture.hpp"

#include "smelt/base/error.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using provider::failure_kind;
using provider::remote_state;

TEST_CASE_METHOD(openai_fixture, "a batch is read, absent files alike whether null, missing or blank") {
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

TEST_CASE_METHOD(openai_fixture, "the errors of a failed batch keep code, line and message") {
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

TEST_CASE_METHOD(openai_fixture, "status words are known in any case and unknown ones are no end") {
    CHECK(api().state_of("Cancelling") == remote_state::cancelling);
    CHECK(api().state_of("expired") == remote_state::expired);
    CHECK(api().state_of("validating") == remote_state::validating);
    CHECK(api().state_of("finalizing") == remote_state::finalizing);
    for (const auto *status : {"", "paused", "complete", "completed "}) {
        CHECK(api().state_of(status) == remote_state::unknown);
        CHECK_FALSE(provider::is_terminal(api().state_of(status)));
    }
}

TEST_CASE_METHOD(openai_fixture, "listings are paged by the last id") {
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

TEST_CASE_METHOD(openai_fixture, "a listing that hides something is an error, never an end") {
    const auto *page = GENERATE("{}", "not json", R"({"data":7})", R"({"detail":"no"})");
    CAPTURE(page);
    server.then(answer(200, page));
    CHECK_THROWS_AS(list("cursor"), provider::provider_error);
}

TEST_CASE_METHOD(openai_fixture, "a listing is read as far as it goes, and says when a batch of ours may be missing") {
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

TEST_CASE_METHOD(openai_fixture, "a service without a listing is told by its setting") {
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

TEST_CASE_METHOD(openai_fixture, "with the quirk nothing can be looked up") {
    for (const std::string dialect : {"openai", "mistral", "anthropic", "gemini"}) {
        http::client other{io.get_executor(), options};
        config::provider_spec spec;
        spec.dialect = dialect;
        CHECK(provider::make_batch_api(spec, "", other)->capabilities().find_by != provider::lookup::none);
        spec.quirks.list = false;
        CHECK(provider::make_batch_api(spec, "", other)->capabilities().find_by == provider::lookup::none);
    }
}

TEST_CASE_METHOD(openai_fixture, "cancelling an ended batch reads what it is now") {
    const int status = GENERATE(409, 400);
    server.then(answer(status, error_json("")));
    server.then(answer(200, R"({"id":"b","status":"completed"})"));
    CHECK(cancel("b").state == remote_state::completed);
    REQUIRE(server.seen().size() == 2);
    CHECK(server.seen()[0].target == "/v1/batches/b/cancel");
    CHECK(server.seen()[1].method == "GET");
}

TEST_CASE_METHOD(openai_fixture, "cancelling a running batch gives its state, and a refusal is an error") {
    server.then(answer(200, R"({"id":"b","status":"cancelling"})"));
    CHECK(cancel("b").state == remote_state::cancelling);
    server.then(answer(400, error_json("")));
    server.then(answer(200, R"({"id":"b","status":"in_progress"})"));
    CHECK_THROWS_AS(cancel("b"), provider::provider_error);
    server.then(answer(404, error_json("")));
    CHECK_THROWS_AS(cancel("b"), provider::provider_error);
}

TEST_CASE_METHOD(openai_fixture, "an upload sends purpose and file name and gives the id") {
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

TEST_CASE_METHOD(openai_fixture, "files are fetched and removed, and one that is gone is no error to remove") {
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

TEST_CASE_METHOD(openai_fixture, "an id that would name something else is never sent") {
    const auto *id = GENERATE("", ".", "..");
    CHECK_THROWS_AS(get(id), usage_error);
    CHECK_THROWS_AS(delete_file(id), usage_error);
    CHECK(server.seen().empty());
}

TEST_CASE_METHOD(openai_fixture, "URLs with secrets are refused") {
    http::client other{io.get_executor(), options};
    config::provider_spec spec;
    spec.base_url = "https://user:secret@api.example/v1";
    CHECK_THROWS_AS(provider::make_batch_api(spec, "", other), usage_error);
    spec.base_url = "https://api.example/v1?key=1";
    CHECK_THROWS_AS(provider::make_batch_api(spec, "", other), usage_error);
}
