#include "catch.hpp"
#include "decode_line.hpp"
#include "provider/anthropic/objects.hpp"
#include "provider/gemini/objects.hpp"
#include "provider/lines/line_document.hpp"
#include "provider/mistral/objects.hpp"
#include "provider/numbers.hpp"
#include "provider/openai/objects.hpp"

#include "smelt/http/client.hpp"

using namespace smelt;
using namespace smelt::provider;

namespace {

const std::vector<std::string> unusable{"-1",   "2147483648", "3000000000", "1e30",   "1e400", "18446744073709551616",
                                        "true", "[1]",        "\"many\"",   "\"-5\"", "NaN",   "\"NaN\""};

std::optional<std::int64_t> in_line(const std::string &value) {
    line_document document;
    const auto *parsed = document.parse("{\"n\":" + value + "}");
    REQUIRE(parsed);
    return count_of(*parsed, "n");
}

/// A good answer of each dialect with this usage object.
result_line good_answer(const std::string &dialect, const std::string &usage) {
    if (dialect == "anthropic")
        return smelt::test::decode_line(
            dialect, R"({"custom_id":"n-1","result":{"type":"succeeded","message":{"model":"m","content":[)"
                     R"({"type":"text","text":"hi"}],"stop_reason":"end_turn")" +
                         usage + "}}}");
    if (dialect == "gemini")
        return smelt::test::decode_line(
            dialect, R"({"key":"n-1","response":{"candidates":[{"content":{"parts":[{"text":"hi"}]},)"
                     R"("finishReason":"STOP"}])" +
                         usage + "}}");
    return smelt::test::decode_line(
        dialect, R"({"custom_id":"n-1","response":{"status_code":200,"body":{"model":"m","choices":[)"
                 R"({"message":{"content":"hi"},"finish_reason":"stop"}])" +
                     usage + "}}}");
}

struct names {
    std::string dialect, usage, input, output;
};
const std::vector<names> dialects{{"openai", "usage", "prompt_tokens", "completion_tokens"},
                                  {"mistral", "usage", "prompt_tokens", "completion_tokens"},
                                  {"anthropic", "usage", "input_tokens", "output_tokens"},
                                  {"gemini", "usageMetadata", "promptTokenCount", "candidatesTokenCount"}};

result_line good_answer(const names &n, const std::string &input, const std::string &output) {
    return good_answer(n.dialect,
                       ",\"" + n.usage + "\":{\"" + n.input + "\":" + input + ",\"" + n.output + "\":" + output + "}");
}

} // namespace

TEST_CASE("a count is a whole number that a column of 32 bits holds, also as digits in text") {
    CHECK(in_line("0") == 0);
    CHECK(in_line("2147483647") == 2'147'483'647);
    CHECK(in_line("12.0") == 12);
    CHECK(in_line("\"12\"") == 12);
    CHECK(in_line("\" 12.0 \"") == 12);
    for (const auto &value : unusable) {
        CAPTURE(value);
        CHECK_FALSE(in_line(value));
    }
    CHECK_FALSE(count_of(json::parse(R"({"n":18446744073709551615})"), "n"));
    CHECK(count_of(json::parse(R"({"n":"7"})"), "n") == 7);
    CHECK_FALSE(line_number_of(json::parse(R"({"n":0})"), "n"));
}

TEST_CASE("in every dialect a usage that cannot be is unknown, and the answer is an answer") {
    for (const auto &dialect : dialects)
        for (const auto &value : unusable) {
            CAPTURE(dialect.dialect, value);
            const auto got = good_answer(dialect, value, "20");
            CHECK(got.cause == cause_kind::none);
            CHECK(got.answer == "hi");
            CHECK_FALSE(got.tokens.known);
            CHECK(got.tokens.input == 0);
            CHECK(got.tokens.output == 20);
        }
}

TEST_CASE("in every dialect a usage that is not told is unknown, and one in digits is read") {
    for (const auto &dialect : dialects) {
        CAPTURE(dialect.dialect);
        CHECK_FALSE(good_answer(dialect.dialect, "").tokens.known);
        CHECK_FALSE(good_answer(dialect.dialect, ",\"" + dialect.usage + "\":null").tokens.known);
        CHECK_FALSE(good_answer(dialect.dialect, ",\"" + dialect.usage + "\":{}").tokens.known);
        CHECK_FALSE(good_answer(dialect, "0", "0").tokens.known);
        CHECK(good_answer(dialect, "\"100\"", "20.0").tokens == usage{100, 0, 20, 0});
    }
}

TEST_CASE("what never was an answer has used nothing, which is known") {
    const auto failed = smelt::test::decode_line(
        "openai", R"({"custom_id":"n","response":{"status_code":500,"body":{}},"error":null})");
    CHECK(failed.tokens == usage{});
    CHECK(smelt::test::decode_line("openai", R"({"custom_id":"n","error":{"code":"batch_expired"}})").tokens ==
          usage{});
    CHECK(smelt::test::decode_line("anthropic", R"({"custom_id":"n","result":{"type":"expired"}})").tokens == usage{});
    CHECK(smelt::test::decode_line("gemini", R"({"key":"n","error":{"code":8,"message":"busy"}})").tokens == usage{});
}

TEST_CASE("parts that were counted beside the whole are added to it") {
    const auto beside = good_answer("openai", R"(,"usage":{"prompt_tokens":50,"completion_tokens":10,)"
                                              R"("prompt_tokens_details":{"cached_tokens":4000},)"
                                              R"("completion_tokens_details":{"reasoning_tokens":70}})");
    CHECK(beside.tokens == usage{4050, 4000, 80, 70});
    const auto within = good_answer("openai", R"(,"usage":{"prompt_tokens":50,"completion_tokens":10,)"
                                              R"("prompt_tokens_details":{"cached_tokens":50}})");
    CHECK(within.tokens == usage{50, 50, 10, 0});
    CHECK(good_answer("gemini", R"(,"usageMetadata":{"promptTokenCount":5,"cachedContentTokenCount":9,)"
                                R"("candidatesTokenCount":1})")
              .tokens == usage{14, 9, 1, 0});
    CHECK_FALSE(good_answer("openai", R"(,"usage":{"prompt_tokens":5,"completion_tokens":1,)"
                                      R"("prompt_tokens_details":{"cached_tokens":-1}})")
                    .tokens.known);
    CHECK_FALSE(good_answer("openai", R"(,"usage":{"prompt_tokens":5,"completion_tokens":1,)"
                                      R"("prompt_tokens_details":{"cached_tokens":2147483647}})")
                    .tokens.known);
}

TEST_CASE("counts of a batch that no column holds are unknown") {
    for (const std::string value : {"3000000000", "-1", "1e30", "\"many\""}) {
        CAPTURE(value);
        const auto at_openai = parse_batch(json::parse(R"({"id":"b","status":"completed","request_counts":{"total":)" +
                                                       value + R"(,"completed":"7"}})"));
        CHECK_FALSE(at_openai->total);
        CHECK(at_openai->completed == 7);
        CHECK_FALSE(parse_mistral_job(json::parse(R"({"id":"b","total_requests":)" + value + "}"))->total);
        CHECK_FALSE(parse_message_batch(json::parse(R"({"id":"b","processing_status":"ended","request_counts":)"
                                                    R"({"succeeded":)" +
                                                    value + "}}"))
                        ->completed);
        CHECK_FALSE(parse_operation(
                        json::parse(R"({"name":"batches/b","metadata":{"batchStats":{"requestCount":)" + value + "}}}"))
                        ->total);
    }
    CHECK_FALSE(parse_message_batch(json::parse(R"({"id":"b","processing_status":"in_progress","request_counts":)"
                                                R"({"processing":2000000000,"succeeded":2000000000}})"))
                    ->total);
    const auto failed = parse_batch(
        json::parse(R"({"id":"b","status":"failed","errors":{"data":[{"code":"c","line":9000000000000000000}]}})"));
    CHECK_FALSE(failed->errors.at(0).line);
}

TEST_CASE("dates out of the clock's reach are unknown") {
    constexpr std::chrono::system_clock::time_point unknown{};
    for (const auto *value :
         {"99999999999", "-5", "1e30", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"", "\"soon\"", "null"}) {
        CAPTURE(value);
        CHECK(date_of(json::parse("{\"at\":" + std::string{value} + "}"), "at") == unknown);
    }
    CHECK(std::chrono::system_clock::to_time_t(date_of(json::parse(R"({"at":"1711471533"})"), "at")) == 1711471533);
}
