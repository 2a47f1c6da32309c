#include "catch.hpp"
#include "decode_line.hpp"
#include "provider/gemini/objects.hpp"

#include "smelt/base/error.hpp"

using namespace smelt;
using namespace smelt::provider;

namespace {

result_line decode(const std::string &line) {
    return smelt::test::decode_line("gemini", line);
}

std::string response(const std::string &reason, const std::string &parts = R"([{"text":"{\"a\":1}"}])") {
    return R"({"key":"n-1","response":{"candidates":[{"content":{"parts":)" + parts +
           R"(,"role":"model"},"finishReason":")" + reason +
           R"("}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":4},"modelVersion":"gemini-3.8-flash"}})";
}

} // namespace

TEST_CASE("gemini: an operation is read in either spelling, with counts that are text") {
    const auto job = parse_operation(json::parse(
        R"({"name":"batches/x","metadata":{"@type":"t","model":"models/m","displayName":"smelt inst nonce hash notes/note",
            "createTime":"2025-12-10T18:27:01.407650525Z","inputConfig":{"fileName":"files/in"},
            "batchStats":{"requestCount":"30","successfulRequestCount":"3"},"state":"BATCH_STATE_SUCCEEDED","name":"batches/x"},
            "done":true,"response":{"responsesFile":"files/out"}})"));
    REQUIRE(job);
    CHECK(job->id == "batches/x");
    CHECK(job->state == remote_state::completed);
    CHECK(job->installation == "inst");
    CHECK(job->nonce == "nonce");
    CHECK(job->version == "hash");
    CHECK(job->task == "notes/note");
    CHECK(job->input_file == "files/in");
    CHECK(job->output_file == "files/out");
    CHECK(job->total == 30);
    CHECK(job->completed == 3);
    CHECK(job->failed == 0);
    CHECK(parse_gemini_state("JOB_STATE_PARTIALLY_SUCCEEDED") == remote_state::completed);
    CHECK(parse_gemini_state("JOB_STATE_PAUSED") == remote_state::unknown);
    CHECK(parse_gemini_state("BATCH_STATE_UNSPECIFIED") == remote_state::unknown);
}

TEST_CASE("gemini: results may stand in the metadata") {
    const auto newer = parse_operation(json::parse(
        R"({"name":"batches/x","metadata":{"state":"BATCH_STATE_SUCCEEDED","output":{"responsesFile":"files/o"}},"done":true})"));
    CHECK(newer->output_file == "files/o");
}

TEST_CASE("gemini: a failed batch says why, and a full queue is called like everywhere") {
    const auto full = parse_operation(json::parse(
        R"({"name":"batches/x","metadata":{"state":"BATCH_STATE_FAILED"},"done":true,"error":{"code":8,"message":"too many tokens"}})"));
    CHECK(full->state == remote_state::failed);
    REQUIRE(full->errors.size() == 1);
    CHECK(full->errors[0].kind == failure_kind::busy);
    CHECK(full->errors[0].message == "too many tokens");
    const auto of_code = [](const char *code) {
        return parse_operation(
                   json::parse(R"({"name":"batches/x","metadata":{"state":"BATCH_STATE_FAILED"},"error":{"code":)" +
                               std::string{code} + R"(,"message":"m"}})"))
            ->errors.at(0);
    };
    CHECK(of_code("13").kind == failure_kind::busy);
    CHECK(of_code("7").kind == failure_kind::request);
    CHECK(of_code("3").kind == failure_kind::unclear);
    CHECK(of_code("3").code == "3");
    const auto strange = parse_operation(json::parse(
        R"({"name":"batches/x","metadata":{"state":"NEW"},"done":true,"error":{"code":3,"message":"bad"}})"));
    CHECK(strange->state == remote_state::failed);
}

TEST_CASE("gemini: what is put into a name comes out of it, and other names are nobody's") {
    create_request r;
    r.installation = "inst";
    r.nonce = "nonce";
    r.version = std::string(64, 'a');
    r.task = "pipe/task";
    remote_batch b;
    read_display_name(display_name_of(r), b);
    CHECK(b.installation == "inst");
    CHECK(b.nonce == "nonce");
    CHECK(b.version == std::string(20, 'a'));
    CHECK(b.task == "pipe/task");
    remote_batch other;
    read_display_name("smelter of somebody", other);
    read_display_name("smelt inst", other);
    CHECK(other.nonce.empty());
    CHECK(other.installation.empty());
}

TEST_CASE("gemini: names of things become paths and nothing else") {
    CHECK(resource_path("batches", "batches/x") == "/batches/x");
    CHECK(resource_path("batches", "x") == "/batches/x");
    CHECK(resource_path("files", "files/../x") == "/files/..%2Fx");
    CHECK_THROWS_AS(resource_path("files", "files/"), usage_error);
    CHECK_THROWS_AS(resource_path("files", ".."), usage_error);
}

TEST_CASE("gemini: answers by the reason of their end, thoughts left out") {
    const auto good = decode(response("STOP", R"([{"text":"hmm","thought":true},{"text":"{\"a\":"},{"text":"1}"}])"));
    CHECK(good.custom_id == "n-1");
    CHECK(good.cause == cause_kind::none);
    CHECK(good.answer == R"({"a":1})");
    CHECK(good.tokens.input == 10);
    CHECK(good.tokens.output == 8);
    CHECK(good.tokens.reasoning == 3);
    CHECK(good.tokens.cached == 4);
    CHECK(good.model == "gemini-3.8-flash");
    CHECK(decode(response("MAX_TOKENS")).cause == cause_kind::truncated);
    CHECK(decode(response("SAFETY", "[]")).cause == cause_kind::content_filter);
    CHECK(decode(R"({"key":"n-1","response":{"promptFeedback":{"blockReason":"SAFETY"}}})").cause ==
          cause_kind::content_filter);
    CHECK(decode(R"({"key":"n-1","response":{"candidates":[]}})").cause == cause_kind::empty);
}

TEST_CASE("gemini: errors of a line, in a file and inline") {
    const auto bad = decode(R"({"key":"n-1","error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}})");
    CHECK(bad.cause == cause_kind::rejected_request);
    CHECK(bad.message == "no");
    CHECK(decode(R"({"key":"n-1","error":{"code":8,"message":"busy"}})").cause == cause_kind::transport);
    CHECK(decode(R"({"key":"n-1","error":{"code":503,"message":"busy"}})").cause == cause_kind::transport);
    const auto inlined =
        decode(R"({"metadata":{"key":"n-2"},"error":{"code":500,"message":"oops","status":"INTERNAL"}})");
    CHECK(inlined.custom_id == "n-2");
    CHECK(inlined.cause == cause_kind::transport);
    CHECK(decode(R"({"key":"n-3","code":13,"message":"oops"})").cause == cause_kind::transport);
    CHECK(decode(R"({"key":"n-4","error":{"code":2,"message":"unknown"}})").cause == cause_kind::transport);
    CHECK(decode(R"({"key":"n-5","error":{"message":"nothing else"}})").cause == cause_kind::transport);
    CHECK(decode(R"({"key":"n-6","error":{"code":7,"message":"no"}})").cause == cause_kind::rejected_request);
}

TEST_CASE("gemini: a key that is no key is told from a request that is not valid") {
    const auto refused = [](const char *reason) {
        return parse_google_error(
            R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":")" +
            std::string{reason} + R"("}]}})");
    };
    CHECK(kind_of(400, refused("API_KEY_INVALID")) == failure_kind::key);
    CHECK(kind_of(400, refused("BAD_FIELD")) == failure_kind::request);
}
