#include "catch.hpp"
#include "provider/openai/objects.hpp"
#include "provider/reason.hpp"
#include "provider/wire.hpp"

using namespace smelt;
using namespace smelt::provider;

TEST_CASE("the reason of a refusal is found in every shape of body") {
    const auto [body, message] = GENERATE(table<std::string, std::string>({
        {R"({"error":{"message":"no","type":"t","code":"c"}})", "no"},
        {R"({"error":"invalid format"})", "invalid format"},
        {R"({"error":"too many tokens","error_type":"validation"})", "too many tokens"},
        {R"({"error":{"message":{"detail":"nested"},"code":400}})", "nested"},
        {R"({"detail":"the prompt is too long"})", "the prompt is too long"},
        {R"({"detail":[{"loc":["body","x",0],"msg":"too deep"},{"msg":"and wrong"}]})",
         "body.x.0: too deep; and wrong"},
        {R"({"message":"The provided model identifier is invalid."})", "The provided model identifier is invalid."},
        {R"({"object":"error","message":"context length","type":"BadRequestError","param":null,"code":400})",
         "context length"},
        {R"({"success":false,"errors":[{"code":5006,"message":"Bad input"}],"messages":[],"result":{}})", "Bad input"},
        {R"({"errors":{"data":[{"message":"one"},{"message":"two"}]}})", "one; two"},
        {R"({"statusCode":401,"message":"Access denied"})", "Access denied"},
        {R"({"title":"Bad Request","detail":"no such field"})", "no such field"},
        {R"({"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"x"}}})", "Invalid ApiKey"},
        {R"({"success":false})", R"({"success":false})"},
        {"<html><head><style>a{b}</style><title>Oh</title></head><h1>400\n Bad</h1><script>x<y</script></html>",
         "Oh 400 Bad"},
        {"404 page not found\n", "404 page not found"},
        {"\xEF\xBB\xBF{\"error\":\"marked\"}", "marked"},
        {"", ""},
        {"{}", ""},
        {"null", "null"},
    }));
    CAPTURE(body);
    CHECK(reason_of(body).message == message);
}

TEST_CASE("a page is shown by its first 300 characters") {
    CHECK(reason_of(std::string(5000, 'x')).message == std::string(300, 'x'));
}

TEST_CASE("codes may be words, types or numbers") {
    const auto code = [](const char *body) { return reason_of(body).code; };
    CHECK(code(R"({"error":{"message":"m","type":"t","code":"c"}})") == "c");
    CHECK(code(R"({"error":{"message":"m","type":"t","code":null}})") == "t");
    CHECK(code(R"({"error":{"message":"m","code":429}})") == "429");
    CHECK(code(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})") == "overloaded_error");
    CHECK(code(R"({"error":"text"})").empty());
}

TEST_CASE("nesting of any depth is said to be too deep and breaks nothing") {
    for (const std::string open : {"[", "{\"a\":"}) {
        std::string deep;
        for (int i = 0; i < 100'000; ++i)
            deep += open;
        CHECK(is_too_deep(deep));
        CHECK(parse_body(deep).is_null());
        CHECK(reason_of(deep).message == "JSON that is nested too deep to be read");
        std::string closed = deep + "1";
        for (int i = 0; i < 100'000; ++i)
            closed += open == "[" ? "]" : "}";
        CHECK(parse_body(closed).is_null());
        CHECK(reason_of("{\"error\":" + closed + "}").message == "JSON that is nested too deep to be read");
        CHECK_FALSE(parse_api_error("{\"error\":{\"code\":1,\"message\":" + closed + "}}"));
    }
    CHECK_FALSE(is_too_deep(R"({"a":")" + std::string(1000, '[') + R"(\"[","b":[[1]]})"));
}

TEST_CASE("words and numbers of errors that may pass") {
    for (const char *word : {"overloaded", "rate_limit", "rate_limit_exceeded", "RateLimitError", "server_error",
                             "service_unavailable", "INTERNAL", "RESOURCE_EXHAUSTED", "request_timeout"})
        CHECK(is_passing_word(word));
    for (const char *word : {"invalid_prompt", "invalid_request_error", "context_length_exceeded", "model_not_found"})
        CHECK_FALSE(is_passing_word(word));
    CHECK(status_in("429") == 429);
    CHECK_FALSE(status_in("13"));
    CHECK_FALSE(status_in("4290"));
    CHECK_FALSE(status_in("429 slow down"));
}

TEST_CASE("what a call's refusal says, also of a redirect") {
    http::response answer;
    answer.status = 308;
    answer.fields = {{"location", "https://elsewhere.invalid/v1"}};
    CHECK(why_refused(answer, parse_api_error) == "the service redirects to https://elsewhere.invalid/v1");
    answer = {};
    answer.status = 404;
    answer.body = R"({"error":{"message":"no model","type":"t","code":"model_not_found"}})";
    CHECK(why_refused(answer, parse_api_error) == "model_not_found: no model");
    answer.body = R"({"error":{"message":"no model","code":404}})";
    CHECK(why_refused(answer, parse_api_error) == "no model");
    answer.body = R"({"detail":"Not Found"})";
    CHECK(why_refused(answer, parse_api_error) == "Not Found");
}
