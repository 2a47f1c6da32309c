#include "catch.hpp"
#include "decode_line.hpp"

#include "smelt/http/client.hpp"
#include "smelt/provider/batch_api.hpp"

using namespace smelt;
using provider::result_line;

namespace {

result_line decode(std::string_view line) {
    return smelt::test::decode_line("openai", line);
}

std::string with_body(std::string_view body, std::string_view status = "200") {
    return R"({"id":"batch_req_1","custom_id":"row-1","response":{"status_code":)" + std::string{status} +
           R"(,"request_id":"r","body":)" + std::string{body} + R"(},"error":null})";
}

std::string chat(std::string_view message, std::string_view finish = "\"stop\"") {
    return with_body(R"({"id":"c","object":"chat.completion","model":"gpt-5-mini-2025-08-07","choices":[{"index":0,)"
                     R"("finish_reason":)" +
                     std::string{finish} + R"(,"logprobs":null,"message":)" + std::string{message} + "}]}");
}

std::string responses(std::string_view members) {
    return with_body(R"({"id":"resp_1","object":"response","model":"m",)" + std::string{members} + "}");
}

void check(const result_line &got, cause_kind cause, outcome_kind outcome) {
    CHECK(got.cause == cause);
    CHECK(got.outcome == outcome);
}

} // namespace

TEST_CASE("a chat completion yields its text, tokens and model") {
    const auto got = decode(
        R"({"id":"batch_req_1","custom_id":"row-1","response":{"status_code":200,"request_id":"req_1","body":{"id":"chatcmpl-1",)"
        R"("object":"chat.completion","model":"gpt-5-mini-2025-08-07","choices":[{"index":0,"finish_reason":"stop","logprobs":null,)"
        R"("message":{"role":"assistant","content":"{\"a\":\"\u00e4\n\ud83d\ude00\"}","refusal":null,"annotations":[]}}],)"
        R"("usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":5},)"
        R"("completion_tokens_details":{"reasoning_tokens":3}},"service_tier":"default"}},"error":null,"new_field":[1,{}]})");
    check(got, cause_kind::none, outcome_kind::accepted);
    CHECK(got.custom_id == "row-1");
    CHECK(got.answer == "{\"a\":\"\xc3\xa4\n\xf0\x9f\x98\x80\"}");
    CHECK(got.message.empty());
    CHECK(got.model == "gpt-5-mini-2025-08-07");
    CHECK(got.tokens == usage{20, 5, 9, 3});
}

TEST_CASE("a status that is no status, or larger than any whole number, is none") {
    const std::string_view body{R"({"choices":[{"finish_reason":"stop","message":{"content":"{}"}}]})"};
    CHECK(decode(with_body(body, "200.0")).answer == "{}");
    for (const auto *status : {"1e300", "-1e300", "200.5", "99999999999999999999", "1000", "-1", "[]"})
        CHECK(decode(with_body(body, status)).message == decode(with_body(body, "null")).message);
}

TEST_CASE("the line of an expired or cancelled request says so") {
    const auto expired = decode(
        R"({"id":"x","custom_id":"row-3","response":null,"error":{"code":"batch_expired","message":"too late"}})");
    check(expired, cause_kind::expired, outcome_kind::expired);
    CHECK(expired.custom_id == "row-3");
    CHECK(expired.message == "too late");
    check(decode(R"({"custom_id":"r","response":null,"error":{"code":"batch_cancelled","message":""}})"),
          cause_kind::cancelled, outcome_kind::cancelled);
    check(decode(R"({"custom_id":"r","error":{"code":"batch_expired"}})"), cause_kind::expired, outcome_kind::expired);
}

TEST_CASE("other line errors are worth another delivery, unless the status is final") {
    check(decode(R"({"custom_id":"r","response":null,"error":{"code":"request_timeout","message":"m"}})"),
          cause_kind::transport, outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":null,"error":"text"})"), cause_kind::transport, outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":{"status_code":400,"body":{}},"error":{"code":"bad","message":"m"}})"),
          cause_kind::rejected_request, outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":null,"error":{"code":"401","message":"m"}})"),
          cause_kind::rejected_request, outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":null,"error":{"code":429,"message":"m"}})"), cause_kind::transport,
          outcome_kind::errored);
}

TEST_CASE("no response and no error is worth another delivery") {
    for (const auto *line :
         {R"({"custom_id":"r"})", R"({"custom_id":"r","response":null})",
          R"({"custom_id":"r","response":null,"error":null})", R"({"custom_id":"r","response":null,"error":""})",
          R"({"custom_id":"r","response":null,"error":{"code":null,"message":null}})"})
        check(decode(line), cause_kind::transport, outcome_kind::errored);
}

TEST_CASE("passing statuses are transport, others reject the request, with the provider's words") {
    for (const auto *status : {"0", "408", "409", "429", "500", "502", "503", "529"})
        check(decode(with_body("{}", status)), cause_kind::transport, outcome_kind::errored);
    for (const auto *status : {"400", "401", "403", "404", "413", "422", "301", "100"})
        check(decode(with_body("{}", status)), cause_kind::rejected_request, outcome_kind::errored);
    const auto got = decode(with_body(
        R"({"error":{"message":"too many tokens","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
        "400"));
    CHECK(got.message == "HTTP 400 context_length_exceeded: too many tokens");
    check(decode(with_body(R"({"error":{"message":"m","code":"content_filter"}})", "400")), cause_kind::content_filter,
          outcome_kind::errored);
    check(decode(with_body("null", "500")), cause_kind::transport, outcome_kind::errored);
    check(decode(with_body(R"("text")", "400")), cause_kind::rejected_request, outcome_kind::errored);
}

TEST_CASE("a status that is a string counts, one that is missing makes the line unreadable") {
    check(decode(with_body(R"({"choices":[{"message":{"content":"x"}}]})", "\"200\"")), cause_kind::none,
          outcome_kind::accepted);
    for (const auto *status : {"null", "\"\"", "\"ok\"", "true", "[]", "2.5"})
        check(decode(with_body("{}", status)), cause_kind::unreadable, outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":{"body":{}},"error":null})"), cause_kind::unreadable,
          outcome_kind::errored);
    check(decode(R"({"custom_id":"r","response":"x","error":null})"), cause_kind::unreadable, outcome_kind::errored);
}

TEST_CASE("an error within a 200 is not an answer") {
    check(
        decode(with_body(R"({"error":{"message":"m","code":"server_error"},"choices":[{"message":{"content":"x"}}]})")),
        cause_kind::transport, outcome_kind::errored);
    check(decode(with_body(R"({"error":{"message":"m","code":"invalid_prompt"}})")), cause_kind::rejected_request,
          outcome_kind::errored);
    for (const auto *none : {"null", "\"\"", "{}", "[]", "false", R"({"code":null,"message":null})"}) {
        check(decode(with_body(R"({"error":)" + std::string{none} + R"(,"choices":[{"message":{"content":"x"}}]})")),
              cause_kind::none, outcome_kind::accepted);
        check(decode(
                  R"({"custom_id":"r","response":{"status_code":200,"body":{"choices":[{"message":{"content":"x"}}]}},)"
                  R"("error":)" +
                  std::string{none} + "}"),
              cause_kind::none, outcome_kind::accepted);
    }
}

TEST_CASE("an error within a 200 is judged as its code, a status or a word, says") {
    const auto why = [](const std::string &error) { return decode(with_body(R"({"error":)" + error + "}")).cause; };
    for (const auto *code :
         {"408", "409", "429", "500", "\"502\"", "\"overloaded\"", "\"rate_limit\"", "\"RateLimitError\""})
        CHECK(why(R"({"message":"m","code":)" + std::string{code} + "}") == cause_kind::transport);
    for (const auto *code : {"400", "\"401\"", "403", "422", "\"invalid_prompt\"", "\"context_length_exceeded\""})
        CHECK(why(R"({"message":"m","code":)" + std::string{code} + "}") == cause_kind::rejected_request);
    CHECK(why(R"({"message":"m","code":null,"type":"invalid_request_error"})") == cause_kind::rejected_request);
    CHECK(why(R"("worker died")") == cause_kind::transport);
    CHECK(why(R"({"message":"no code"})") == cause_kind::transport);
    check(decode(with_body(R"({"choices":[{"error":{"code":502,"message":"m"},"message":{"content":"half"}}]})")),
          cause_kind::transport, outcome_kind::errored);
}

TEST_CASE("a refusal and a content filter are errors with their reason") {
    const auto refused = decode(chat(R"({"role":"assistant","content":null,"refusal":"I cannot"})"));
    check(refused, cause_kind::refused, outcome_kind::errored);
    CHECK(refused.message == "I cannot");
    check(decode(chat(R"({"content":"x","refusal":""})")), cause_kind::none, outcome_kind::accepted);
    check(decode(chat(R"({"content":"half"})", "\"content_filter\"")), cause_kind::content_filter,
          outcome_kind::errored);
}

TEST_CASE("an answer cut at the token limit is rejected and kept") {
    const auto got = decode(chat(R"({"content":"{\"a\":"})", "\"length\""));
    check(got, cause_kind::truncated, outcome_kind::rejected);
    CHECK(got.answer == "{\"a\":");
    check(decode(chat(R"({"content":null})", "\"length\"")), cause_kind::truncated, outcome_kind::rejected);
}

TEST_CASE("nothing, null and blank are all empty") {
    for (const auto *message :
         {"null", "{}", R"({"content":null})", R"({"content":""})", R"({"content":" \n\t"})", R"({"content":[]})",
          R"({"content":5})", R"({"content":null,"tool_calls":[{}]})", "[]", "\"x\""})
        check(decode(chat(message)), cause_kind::empty, outcome_kind::rejected);
    for (const auto *body : {"{}", "null", R"({"choices":null})", R"({"choices":[]})", R"({"choices":{}})",
                             R"({"choices":[null]})", R"({"choices":["x"]})", R"({"output":[]})"})
        check(decode(with_body(body)), cause_kind::empty, outcome_kind::rejected);
    check(decode(with_body("[1]")), cause_kind::unreadable, outcome_kind::errored);
}

TEST_CASE("content in parts is joined, and an unknown finish reason does not harm an answer") {
    CHECK(decode(chat(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})")).answer == "ab");
    check(decode(chat(R"({"content":"x"})", "null")), cause_kind::none, outcome_kind::accepted);
    check(decode(chat(R"({"content":"x"})", "\"eos\"")), cause_kind::none, outcome_kind::accepted);
    check(decode(chat(R"({"content":"x"})", "\"error\"")), cause_kind::transport, outcome_kind::errored);
}

TEST_CASE("a body of the responses API yields the text of its messages") {
    const auto got = decode(responses(
        R"("status":"completed","error":null,"incomplete_details":null,"output":[{"type":"reasoning","summary":[]},)"
        R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"{\"a\":"},{"type":"output_text","text":"1}"}]}],)"
        R"("usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":2},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":1}})"));
    check(got, cause_kind::none, outcome_kind::accepted);
    CHECK(got.answer == "{\"a\":1}");
    CHECK(got.tokens == usage{7, 2, 5, 1});
}

TEST_CASE("several messages of the responses API are one answer") {
    const auto item = [](const std::string &id, const std::string &phase, const std::string &text) {
        return R"({"type":"message","id":")" + id + "\"" + (phase.empty() ? "" : R"(,"phase":")" + phase + "\"") +
               R"(,"content":[{"type":"output_text","text":)" + json(text).dump() + "}]}";
    };
    const auto answer = [](const std::string &items) {
        return decode(responses(R"("status":"completed","output":[)" + items + "]")).answer;
    };
    const std::string whole = R"({"a":1})";
    CHECK(answer(item("m1", "commentary", "Let me look.") + "," + item("m2", "final_answer", whole)) == whole);
    CHECK(answer(item("m1", "final_answer", whole) + "," + item("m2", "commentary", "Done.")) == whole);
    CHECK(answer(item("m1", "commentary", "Let me look.") + "," + item("m2", "", whole)) == whole);
    CHECK(answer(item("m1", "commentary", whole)) == whole);
    CHECK(answer(item("m1", "", R"({"a":)") + "," + item("m1", "", whole)) == whole);
    CHECK(answer(item("m1", "", whole) + "," + item("m1", "", "")) == whole);
    CHECK(answer(item("m1", "", R"({"a":)") + "," + item("m2", "", whole)) == whole);
    CHECK(answer(item("m1", "", whole) + "," + item("m2", "", whole)) == whole);
    CHECK(answer(item("m1", "", R"({"a":)") + "," + item("m2", "", "1}")) == whole);
    CHECK(answer(item("m1", "", "Once ") + "," + item("m2", "", "upon")) == "Once upon");
}

TEST_CASE("a body that is a JSON text is read as the object") {
    const json body = json::parse(
        R"({"model":"m","choices":[{"message":{"content":"x\"y"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}})");
    const auto got = decode(with_body(json(body.dump()).dump()));
    check(got, cause_kind::none, outcome_kind::accepted);
    CHECK(got.answer == "x\"y");
    CHECK(got.tokens == usage{3, 0, 4, 0});
    CHECK(decode(with_body(json(R"({"error":{"message":"no"}})").dump(), "400")).message == "HTTP 400: no");
    check(decode(with_body("\"no json\"")), cause_kind::unreadable, outcome_kind::errored);
}

TEST_CASE("a byte order mark before a line is no part of it") {
    const auto line = "\xEF\xBB\xBF" + chat(R"({"content":"x"})");
    check(decode(line), cause_kind::none, outcome_kind::accepted);
    CHECK(decode(line).custom_id == "row-1");
    CHECK(decode(line.substr(0, line.size() - 3)).custom_id == "row-1");
}

TEST_CASE("numbers that are none, beside an answer, cost no answer") {
    for (const auto *value : {"NaN", "-Infinity", "1e999"}) {
        const auto got = decode(with_body(R"({"choices":[{"message":{"content":"x"},"logprobs":)" + std::string{value} +
                                          R"(}],"usage":{"prompt_tokens":3,"completion_tokens":4}})"));
        check(got, cause_kind::none, outcome_kind::accepted);
        CHECK(got.tokens == usage{3, 0, 4, 0});
    }
}

TEST_CASE("a document in the place of the text is the answer, its numbers written as they stand there") {
    const auto got =
        decode(chat(R"({"role":"assistant","content": {"a" : 1.10, "b":12345678901234567890123, "c":"]}\"" } })"));
    check(got, cause_kind::none, outcome_kind::accepted);
    CHECK(got.answer == R"({"a":1.10,"b":12345678901234567890123,"c":"]}\""})");
    const json inner = json::parse(R"({"choices":[{"message":{"content":{"a":1}}}]})");
    CHECK(decode(with_body(json(inner.dump()).dump())).answer == R"({"a":1})");
    CHECK(decode(chat(R"({"content":{"type":"text","text":"x"}})")).answer == "x");
}

TEST_CASE("thoughts among the parts are no answer") {
    CHECK(
        decode(
            chat(
                R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"},)"
                R"({"type":"reasoning","text":"so"},{"type":"output_text","text":"b"},"c"]})"))
            .answer == "abc");
}

TEST_CASE("an empty answer says where text was seen") {
    const auto message = [](const std::string &line) {
        const auto got = decode(line);
        check(got, cause_kind::empty, outcome_kind::rejected);
        return got.message;
    };
    CHECK(message(chat(R"({"content":"","reasoning_content":"{}"})")) ==
          "the answer is empty; there is text in reasoning_content (finish reason: stop)");
    CHECK_THAT(message(chat(R"({"content":null,"reasoning":"{}"})")), SMELT_CONTAINS("in reasoning "));
    CHECK_THAT(message(chat(R"({"content":null,"tool_calls":[{"function":{"arguments":"{}"}}]})", "\"tool_calls\"")),
               SMELT_CONTAINS("in tool_calls (finish reason: tool_calls)"));
    CHECK_THAT(message(chat(R"({"content":[{"type":"reasoning","text":"x"}]})")), SMELT_CONTAINS("in reasoning "));
    CHECK_THAT(message(responses(R"("status":"completed","output":[{"type":"function_call","arguments":"{}"}])")),
               SMELT_CONTAINS("in function_call"));
    CHECK(message(chat(R"({"content":""})")) == "the answer is empty (finish reason: stop)");
}

TEST_CASE("a body of the responses API that is no whole answer says why") {
    const std::string part = R"("output":[{"type":"message","content":[{"type":"output_text","text":"half"}]}])";
    const auto cut =
        decode(responses(R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},)" + part));
    check(cut, cause_kind::truncated, outcome_kind::rejected);
    CHECK(cut.answer == "half");
    check(decode(responses(R"("status":"incomplete","incomplete_details":{"reason":"content_filter"},)" + part)),
          cause_kind::content_filter, outcome_kind::errored);
    check(decode(responses(R"("status":"incomplete","incomplete_details":null,)" + part)), cause_kind::truncated,
          outcome_kind::rejected);
    check(decode(responses(R"("status":"failed","error":{"code":"server_error","message":"m"},"output":[])")),
          cause_kind::transport, outcome_kind::errored);
    check(decode(responses(R"("status":"failed","error":{"code":"invalid_prompt","message":"m"},"output":[])")),
          cause_kind::rejected_request, outcome_kind::errored);
    check(decode(responses(R"("status":"cancelled","output":[])")), cause_kind::cancelled, outcome_kind::cancelled);
    check(decode(responses(R"("status":"in_progress","output":[])")), cause_kind::transport, outcome_kind::errored);
    check(decode(responses(R"("status":"brand_new",)" + part)), cause_kind::transport, outcome_kind::errored);
    check(decode(responses(
              R"("status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}])")),
          cause_kind::refused, outcome_kind::errored);
    check(decode(responses(R"("status":"completed","output":[])")), cause_kind::empty, outcome_kind::rejected);
}

TEST_CASE("tokens count whatever became of the answer") {
    CHECK(decode(with_body(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})")).tokens ==
          usage{3, 0, 4, 0});
    CHECK(decode(with_body(R"({"error":{"code":500},"usage":{"prompt_tokens":3,"completion_tokens":4}})", "500"))
              .tokens == usage{3, 0, 4, 0});
}

TEST_CASE("lines that are not JSON objects are unreadable") {
    for (const auto *line :
         {"", " ", "null", "[1]", "\"text\"", "5", "true", "{", "{]", "not json", "{\"a\":1}{\"b\":2}", "{\"a\":1}x"})
        check(decode(line), cause_kind::unreadable, outcome_kind::errored);
    check(decode(std::string_view{"{\"custom_id\":\"r\"}\0x", 19}), cause_kind::unreadable, outcome_kind::errored);
    check(decode("\xff\xfe"), cause_kind::unreadable, outcome_kind::errored);
}

TEST_CASE("a line that is cut keeps its custom_id when that can be read") {
    const auto whole = chat(R"({"content":"hello"})");
    const auto id_end = whole.find("row-1\"") + 6;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto got = decode(std::string_view{whole}.substr(0, length));
        REQUIRE(got.cause == cause_kind::unreadable);
        REQUIRE(got.custom_id == (length >= id_end ? "row-1" : ""));
    }
    CHECK(decode(R"({"custom_id" : "a-1", nonsense)").custom_id == "a-1");
    CHECK(decode(R"({"custom_id":"a b", nonsense)").custom_id.empty());
}

TEST_CASE("a custom_id that is missing or no string is empty and the rest is still read") {
    for (const auto *id : {"null", "5", "[]", "\"\""}) {
        const auto got = decode(R"({"custom_id":)" + std::string{id} +
                                R"(,"response":{"status_code":200,"body":{"choices":[{"message":{"content":"x"}}]}}})");
        CHECK(got.custom_id.empty());
        check(got, cause_kind::none, outcome_kind::accepted);
    }
}

TEST_CASE("half a surrogate pair makes an answer unstorable and keeps its tokens") {
    for (const auto *half : {R"(\ud83d)", R"(\ud83dx)", R"(\ud83d\n)", R"(\ud83d\u0041)"}) {
        const auto got = decode(with_body(R"({"choices":[{"message":{"content":"a)" + std::string{half} +
                                          R"("}}],"usage":{"prompt_tokens":3,"completion_tokens":4}})"));
        check(got, cause_kind::unstorable, outcome_kind::errored);
        CHECK(got.custom_id == "row-1");
        CHECK(got.tokens == usage{3, 0, 4, 0});
    }
}

TEST_CASE("nesting of any depth does not overflow the stack") {
    const std::string deep(2'000'000, '[');
    check(decode(with_body(deep)), cause_kind::unreadable, outcome_kind::errored);
    const auto closed = decode(
        with_body(R"({"x":)" + deep + std::string(2'000'000, ']') + R"(,"choices":[{"message":{"content":"ok"}}]})"));
    check(closed, cause_kind::none, outcome_kind::accepted);
    CHECK(closed.answer == "ok");
}

TEST_CASE("the provider's words are clipped and made storable") {
    const auto got =
        decode("{\"custom_id\":\"r\",\"error\":{\"message\":\"a\\u0000b\xff" + std::string(10'000, 'x') + "\"}}");
    CHECK(got.message.substr(0, 4) == "a?b?");
    CHECK(got.message.size() <= 2000);
}
