#include "catch.hpp"
#include "decode_line.hpp"
#include "provider/mistral/objects.hpp"

using namespace smelt;
using namespace smelt::provider;

namespace {

result_line decode(std::string_view line) {
    return smelt::test::decode_line("mistral", line);
}

} // namespace

TEST_CASE("mistral: a job is read with its own names") {
    const auto job = parse_mistral_job(json::parse(
        R"({"id":"j1","object":"batch","input_files":["f1"],"metadata":{"smelt_nonce":"n","smelt_installation":"i"},
            "endpoint":"/v1/chat/completions","model":"m","output_file":"o1","error_file":null,
            "errors":[{"message":"bad line","count":3},{"message":"once","count":1}],"status":"TIMEOUT_EXCEEDED",
            "created_at":1759491994,"total_requests":100,"completed_requests":40,"succeeded_requests":39,"failed_requests":1})"));
    REQUIRE(job);
    CHECK(job->state == remote_state::expired);
    CHECK(job->nonce == "n");
    CHECK(job->installation == "i");
    CHECK(job->input_file == "f1");
    CHECK(job->output_file == "o1");
    CHECK(job->error_file.empty());
    CHECK(job->total == 100);
    CHECK(job->completed == 39);
    CHECK(job->failed == 1);
    REQUIRE(job->errors.size() == 2);
    CHECK(job->errors[0].message == "bad line (3 times)");
    CHECK(job->errors[1].message == "once");
    CHECK(std::chrono::system_clock::to_time_t(job->created) == 1759491994);
    CHECK_FALSE(parse_mistral_job(json::parse(R"({"object":"batch"})")));
}

TEST_CASE("mistral: every state has its meaning, a new word has none") {
    CHECK(parse_mistral_state("QUEUED") == remote_state::validating);
    CHECK(parse_mistral_state("SUCCESS") == remote_state::completed);
    CHECK(parse_mistral_state("CANCELLATION_REQUESTED") == remote_state::cancelling);
    CHECK(parse_mistral_state("Cancelled") == remote_state::cancelled);
    CHECK(parse_mistral_state("PAUSED") == remote_state::unknown);
}

TEST_CASE("mistral: errors are flat, or say where the body is wrong") {
    const auto flat = parse_mistral_error(
        R"({"object":"error","message":"no such model","type":"invalid_request_error","param":"model","code":"unknown_model"})");
    REQUIRE(flat);
    CHECK(flat->message == "no such model");
    CHECK(flat->code == "unknown_model");
    const auto refused =
        parse_mistral_error(R"({"detail":[{"loc":["body","endpoint"],"msg":"field required","type":"value_error"}]})");
    REQUIRE(refused);
    CHECK(refused->message == "body.endpoint: field required");
    const auto object = parse_mistral_error(R"({"object":"error","message":{"detail":"deep"},"type":"x"})");
    REQUIRE(object);
    CHECK_THAT(object->message, SMELT_CONTAINS("deep"));
    CHECK_FALSE(parse_mistral_error("<html>"));
    CHECK_FALSE(parse_mistral_error(R"({"message":"a proxy"})"));
}

TEST_CASE("mistral: lines of unknown shape are their own message") {
    const auto strange = decode(R"({"custom_id":"n-1","oddly":"shaped"})");
    CHECK(strange.custom_id == "n-1");
    CHECK(strange.cause == cause_kind::transport);
    CHECK_THAT(strange.message, SMELT_CONTAINS("oddly"));
    const auto text = decode(R"({"custom_id":"n-2","error":"it broke"})");
    CHECK(text.message == "it broke");
    const auto flat = decode(
        R"({"custom_id":"n-3","response":{"status_code":422,"body":{"object":"error","message":"too long","code":"3051"}},"error":null})");
    CHECK(flat.cause == cause_kind::rejected_request);
    CHECK_THAT(flat.message, SMELT_CONTAINS("too long"));
}

TEST_CASE("mistral: an answer in chunks is joined, one cut at the model's length is cut") {
    const auto line = [](const std::string &content, const std::string &reason) {
        return R"({"id":"b","custom_id":"n-1","response":{"status_code":200,"body":{"model":"ministral","choices":[{"index":0,"finish_reason":")" +
               reason + R"(","message":{"role":"assistant","content":)" + content +
               R"(}}],"usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"num_cached_tokens":4}}},"error":null})";
    };
    const auto chunks = decode(line(R"([{"type":"text","text":"{\"a\":"},{"type":"text","text":"1}"}])", "stop"));
    CHECK(chunks.cause == cause_kind::none);
    CHECK(chunks.answer == R"({"a":1})");
    CHECK(chunks.tokens.cached == 4);
    CHECK(decode(line(R"("{\"a\":")", "model_length")).cause == cause_kind::truncated);
}

TEST_CASE("mistral: a model may be an agent") {
    CHECK(agent_of("agent:ag_1") == "ag_1");
    CHECK(agent_of("mistral-small-latest").empty());
}
