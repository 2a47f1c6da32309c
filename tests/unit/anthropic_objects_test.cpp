#include "catch.hpp"
#include "decode_line.hpp"
#include "provider/anthropic/objects.hpp"

using namespace smelt;
using namespace smelt::provider;

namespace {

result_line decode(const std::string &result) {
    return smelt::test::decode_line("anthropic", R"({"custom_id":"n-1","result":)" + result + "}");
}

std::optional<remote_batch> batch(const std::string &status, const std::string &counts,
                                  const std::string &cancel = "null", const std::string &results = "null") {
    return parse_message_batch(json::parse(R"({"id":"msgbatch_1","type":"message_batch","processing_status":")" +
                                           status + R"(","request_counts":)" + counts +
                                           R"(,"created_at":"2026-11-01T18:37:24.100435Z","cancel_initiated_at":)" +
                                           cancel + R"(,"results_url":)" + results + "}"));
}

std::string message(const std::string &reason, const std::string &more = "") {
    return R"({"type":"succeeded","message":{"model":"claude","content":[{"type":"text","text":"{}"}],"stop_reason":")" +
           reason + "\"" + more + R"(,"usage":{"input_tokens":1,"output_tokens":2}}})";
}

} // namespace

TEST_CASE("anthropic: one end covers all, the counts tell them apart") {
    const auto running = batch("in_progress", R"({"processing":5,"succeeded":0,"errored":0,"canceled":0,"expired":0})");
    REQUIRE(running);
    CHECK(running->state == remote_state::running);
    CHECK(running->total == 5);
    CHECK_FALSE(running->completed);
    CHECK(running->output_file.empty());
    CHECK(running->created.time_since_epoch().count() > 0);
    const auto url = R"("https://api.anthropic.com/v1/messages/batches/msgbatch_1/results")";
    const auto done =
        batch("ended", R"({"processing":0,"succeeded":4,"errored":1,"canceled":0,"expired":0})", "null", url);
    CHECK(done->state == remote_state::completed);
    CHECK(done->completed == 4);
    CHECK(done->failed == 1);
    CHECK(done->output_file == "msgbatch_1");
    const auto date = R"("2026-11-01T19:00:00Z")";
    CHECK(batch("canceling", R"({"processing":5})", date)->state == remote_state::cancelling);
    CHECK(batch("ended", R"({"succeeded":2,"canceled":3})", date, url)->state == remote_state::cancelled);
    CHECK(batch("ended", R"({"succeeded":5,"canceled":0})", date, url)->state == remote_state::completed);
    CHECK(batch("ended", R"({"succeeded":2,"expired":3})", "null", url)->state == remote_state::expired);
    CHECK(batch("paused", R"({"processing":5})")->state == remote_state::unknown);
    // The results have an address of their own that is not asked for.
    CHECK(batch("ended", R"({"succeeded":5})")->output_file == "msgbatch_1");
    CHECK_FALSE(batch("ended", "null")->total);
}

TEST_CASE("anthropic: results by their type, errors out of two shells") {
    CHECK(decode(message("end_turn")).cause == cause_kind::none);
    CHECK(decode(message("max_tokens")).cause == cause_kind::truncated);
    CHECK(decode(message("model_context_window_exceeded")).cause == cause_kind::truncated);
    const auto refused = decode(message("refusal", R"(,"stop_details":{"type":"refusal","explanation":"not this"})"));
    CHECK(refused.cause == cause_kind::refused);
    CHECK(refused.message == "not this");
    CHECK(refused.tokens.output == 2);
    const auto invalid = decode(
        R"({"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens"},"request_id":null}})");
    CHECK(invalid.cause == cause_kind::rejected_request);
    CHECK(invalid.message == "max_tokens");
    CHECK(decode(R"({"type":"errored","error":{"type":"error","error":{"type":"api_error","message":"x"}}})").cause ==
          cause_kind::transport);
    CHECK(decode(R"({"type":"canceled"})").outcome == outcome_kind::cancelled);
    CHECK(decode(R"({"type":"expired"})").outcome == outcome_kind::expired);
    CHECK(decode(R"({"type":"vanished"})").cause == cause_kind::unreadable);
}

TEST_CASE("anthropic: an account without money, or at its limit, is no invalid request and no busy service") {
    const auto refused = [](const std::string &error) {
        return parse_anthropic_error(R"({"type":"error","error":)" + error + "}");
    };
    const auto poor =
        refused(R"({"type":"invalid_request_error","message":"Your credit balance is too low to go on."})");
    CHECK(kind_of(400, poor) == failure_kind::quota);
    const auto at_limit =
        refused(R"({"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}})");
    CHECK(kind_of(429, at_limit) == failure_kind::quota);
    CHECK(kind_of(429, refused(R"({"type":"rate_limit_error","message":"m"})")) == failure_kind::busy);
    CHECK(kind_of(400, refused(R"({"type":"invalid_request_error","message":"m"})")) == failure_kind::request);
    CHECK(kind_of(529, refused(R"({"type":"overloaded_error","message":"m"})")) == failure_kind::unclear);
}
