#include "catch.hpp"
#include "simulator/requests/json_scan.hpp"
#include "simulator/requests/request_line.hpp"

#include <string>

using namespace smelt::sim;

namespace {

const std::string endpoint = "/v1/chat/completions";

std::string chat(const std::string &messages, const std::string &id = "a") {
    return R"({"custom_id":")" + id +
           R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[)" + messages +
           R"(],"temperature":0}})";
}
const std::string question =
    R"({"role":"system","content":"s"},{"role":"user","content":"Title: \"Sim\"\nYear: 2001"})";

std::string code_of(const std::string &line) {
    return check_request(parse_request(line), endpoint).code;
}

} // namespace

TEST_CASE("a chat request line is read as slices of itself") {
    const std::string line = chat(question);
    const auto request = parse_request(line);
    CHECK(request.is_json);
    CHECK(request.custom_id == "a");
    CHECK(request.model == "m");
    CHECK(request.user == R"(Title: \"Sim\"\nYear: 2001)");
    CHECK_FALSE(request.feedback);
    CHECK(check_request(request, endpoint).code.empty());
    CHECK(unescape(request.user) == "Title: \"Sim\"\nYear: 2001");
}

TEST_CASE("content parts and the input of a response are user texts, too") {
    CHECK(parse_request(chat(R"({"role":"user","content":[{"type":"text","text":"in parts"}]})")).user == "in parts");
    const std::string line =
        R"({"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"m","input":"plain"}})";
    CHECK(parse_request(line).user == "plain");
    CHECK(check_request(parse_request(line), "/v1/responses").code.empty());
}

TEST_CASE("feedback messages and the custom_id do not change a body's hash, anything else does") {
    const std::string feedback =
        R"(,{"role":"assistant","content":"wrong"},{"role":"user","content":"The previous answer was not accepted: x"})";
    const std::string plain = chat(question);
    const std::string again = chat(question + feedback, "b");
    const std::string other = chat(R"({"role":"user","content":"other"})");
    CHECK(parse_request(again).feedback);
    CHECK(parse_request(again).user == parse_request(plain).user);
    CHECK(body_hash(parse_request(again), 1) == body_hash(parse_request(plain), 1));
    CHECK(body_hash(parse_request(other), 1) != body_hash(parse_request(plain), 1));
    const std::string example = R"({"role":"user","content":"shown"},{"role":"assistant","content":"7"},)";
    const std::string shown = chat(example + question);
    CHECK_FALSE(parse_request(shown).feedback);
    CHECK(parse_request(shown).user == parse_request(plain).user);
    CHECK(body_hash(parse_request(shown), 1) != body_hash(parse_request(plain), 1));
    CHECK(body_hash(parse_request(chat(example + question + feedback)), 1) == body_hash(parse_request(shown), 1));
    CHECK(body_hash(parse_request(plain), 2) != body_hash(parse_request(plain), 1));
}

TEST_CASE("a line is refused with the code of what is wrong with it") {
    CHECK(code_of("{\"custom_id\":") == "invalid_json_line");
    CHECK(code_of("[1]") == "invalid_json_line");
    CHECK(code_of("null") == "invalid_json_line");
    CHECK(code_of(chat(question) + "x") == "invalid_json_line");
    CHECK(code_of("\xef\xbb\xbf" + chat(question)) == "invalid_json_line");
    CHECK(code_of(chat("{\"role\":\"user\",\"content\":\"\xff\"}")) == "invalid_json_line");
    CHECK(code_of(R"({"method":"POST","url":"/v1/chat/completions","body":{}})") == "missing_required_parameter");
    CHECK(code_of(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions"})") == "missing_required_parameter");
    CHECK(code_of(R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m"}})") == "invalid_url");
    CHECK(code_of(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}})") ==
          "invalid_request");
    CHECK(code_of(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions",)"
                  R"("body":{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}})") ==
          "streaming_unsupported");
}

TEST_CASE("the scanner takes JSON and nothing else") {
    const auto whole = [](std::string_view text) {
        json_scan scan{text};
        std::string_view value;
        return scan.value(value) && scan.at_end();
    };
    for (const char *good : {"0", "-1.5e+3", "\"\\u00e9\\n\"", "[]", "{ }", "[1, {\"a\" : [true,false,null]}]"})
        CHECK(whole(good));
    for (const char *bad : {"", "01", "1.", "+1", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "[1,]", "{\"a\"}", "{a:1}",
                            "tru", "\"open", "[1 2]", "{\"a\":1,}", "nul"})
        CHECK_FALSE(whole(bad));
    CHECK_FALSE(whole(std::string(10'000, '[') + std::string(10'000, ']')));
}
