#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/http/client.hpp"
#include "smelt/provider/batch_api.hpp"

#include <boost/asio/io_context.hpp>

using namespace smelt;

namespace {

task_definition task() {
    task_definition t;
    t.name = "extract it!";
    t.model = "gpt-5-mini";
    t.params = json::parse(R"({"max_completion_tokens":600,"stop":["a","\u00e4"],"n":1})");
    t.output = json::parse(
        R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}},"required":["z","a"],"additionalProperties":false})");
    return t;
}

std::string encode(const task_definition &t, const std::vector<extraction::message> &messages) {
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    std::string out = "before\n";
    provider::make_batch_api({}, "", client)->encoder(t)->encode("nonce-1z", messages, out);
    REQUIRE(out.starts_with("before\n"));
    REQUIRE(out.ends_with("\n"));
    out = out.substr(7);
    REQUIRE(out.find('\n') == out.size() - 1);
    return out;
}

} // namespace

TEST_CASE("a chat line holds id, endpoint, model, messages, params and the strict schema in the user's order") {
    const auto line = json::parse(encode(task(), {{"system", "Be exact."}, {"user", "Title: x"}}));
    CHECK(line["custom_id"] == "nonce-1z");
    CHECK(line["method"] == "POST");
    CHECK(line["url"] == "/v1/chat/completions");
    const auto &body = line["body"];
    CHECK(body["model"] == "gpt-5-mini");
    CHECK(body["messages"].dump() ==
          R"([{"role":"system","content":"Be exact."},{"role":"user","content":"Title: x"}])");
    CHECK(body["max_completion_tokens"] == 600);
    CHECK(body["stop"][1] == "\xc3\xa4");
    CHECK(body["response_format"]["type"] == "json_schema");
    const auto &schema = body["response_format"]["json_schema"];
    CHECK(schema["name"] == "extract_it_");
    CHECK(schema["strict"] == true);
    CHECK(schema["schema"]["properties"].begin().key() == "z");
    CHECK_FALSE(body.contains("stream"));
}

TEST_CASE("a responses line uses input and text.format and keeps the user's other text settings") {
    auto t = task();
    t.endpoint = "/v1/responses";
    t.params = json::parse(R"({"max_output_tokens":5,"text":{"verbosity":"low"}})");
    const auto body = json::parse(encode(t, {{"user", "x"}}))["body"];
    CHECK(body["input"].size() == 1);
    CHECK_FALSE(body.contains("messages"));
    CHECK_FALSE(body.contains("response_format"));
    CHECK(body["text"]["verbosity"] == "low");
    CHECK(body["text"]["format"]["type"] == "json_schema");
    CHECK(body["text"]["format"]["name"] == "extract_it_");
    CHECK(body["text"]["format"]["strict"] == true);
    CHECK(body["text"]["format"]["schema"]["type"] == "object");
}

TEST_CASE("without a schema nothing is asked of the answer's form") {
    auto t = task();
    t.output = nullptr;
    t.params = nullptr;
    const auto body = json::parse(encode(t, {{"user", "x"}}))["body"];
    CHECK(body.size() == 2);
}

TEST_CASE("every byte of a message survives encoding") {
    std::string text;
    for (int i = 0; i < 0x80; ++i)
        text += static_cast<char>(i);
    text += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \"quoted\" \\ end";
    for (const auto &content : {text, std::string{}, std::string{"\""}, std::string(100'000, '\n')}) {
        const auto line = json::parse(encode(task(), {{"user", content}}));
        CHECK(line["body"]["messages"][0]["content"].get<std::string>() == content);
    }
}

TEST_CASE("a task's name becomes a legal schema name") {
    auto t = task();
    const auto name_of = [&](std::string name) {
        t.name = std::move(name);
        return json::parse(encode(t, {}))["body"]["response_format"]["json_schema"]["name"].get<std::string>();
    };
    CHECK(name_of("a-Z_9") == "a-Z_9");
    CHECK(name_of("\xc3\xa4") == "__");
    CHECK(name_of("") == "output");
    CHECK(name_of(std::string(100, 'x')) == std::string(64, 'x'));
}

TEST_CASE("params that the dialect owns are refused by name") {
    const auto [params, named] = GENERATE(table<const char *, const char *>({
        {R"({"stream":true})", "stream"},
        {R"({"n":2})", "n other than 1"},
        {R"({"messages":[]})", "messages"},
        {R"({"input":"x"})", "input"},
        {R"({"response_format":{}})", "response_format"},
        {R"({"model":"x"})", "model"},
        {R"({"text":{"format":{}}})", "text.format"},
        {R"([1])", "mapping"},
    }));
    auto t = task();
    t.params = json::parse(params);
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    const auto openai = provider::make_batch_api({}, "", client);
    try {
        (void)openai->encoder(t);
        FAIL("accepted " << params);
    } catch (const usage_error &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS(named));
        CHECK_THAT(e.what(), SMELT_CONTAINS("extract it!") || SMELT_CONTAINS("n other"));
    }
}

TEST_CASE("an endpoint without a dialect, and a task without a model, are refused") {
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    const auto openai = provider::make_batch_api({}, "", client);
    auto t = task();
    t.endpoint = "/v1/embeddings";
    CHECK_THROWS_AS(openai->encoder(t), usage_error);
    t = task();
    t.model.clear();
    CHECK_THROWS_AS(openai->encoder(t), usage_error);
}
