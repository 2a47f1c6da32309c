#include "catch.hpp"
#include "sim_bench.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

/// A body with one member more, or another one.
json with(json body, const char *name, const json &value) {
    body[name] = value;
    return body;
}

json chat_body() {
    return {{"model", "gpt-4.1-mini"}, {"messages", json::array({{{"role", "user"}, {"content", some_text(1)}}})}};
}

json messages_of(const json &message) {
    return json::array({message});
}

/// The error's code and param that OpenAI gives to this body, "" for an answer.
std::string openai_verdict(world &w, const json &body, const std::string &path = "/v1/chat/completions") {
    const auto a = w.post(path, body);
    if (a.status == 200)
        return {};
    CHECK(a.status == 400);
    CHECK_FALSE(error_of(a).empty());
    const json error = a.body["error"];
    const auto text = [](const json &value) { return value.is_string() ? value.get<std::string>() : std::string{"-"}; };
    return text(error["code"]) + " " + text(error["param"]);
}

} // namespace

TEST_CASE("OpenAI: members of a chat's body are checked by name, type and range") {
    world w;
    const json good = chat_body();
    CHECK(openai_verdict(w, good) == "");
    CHECK(openai_verdict(w, with(good, "temperature", nullptr)) == "");
    CHECK(openai_verdict(w, with(good, "max_tokens", 50)) == "");
    CHECK(openai_verdict(w, with(good, "temperature", 9)) == "decimal_above_max_value temperature");
    CHECK(openai_verdict(w, with(good, "temperature", -0.5)) == "decimal_below_min_value temperature");
    CHECK(openai_verdict(w, with(good, "n", 0)) == "integer_below_min_value n");
    CHECK(openai_verdict(w, with(good, "n", 1.5)) == "invalid_type n");
    CHECK(openai_verdict(w, with(good, "temperature", "hot")) == "invalid_type temperature");
    CHECK(openai_verdict(w, with(good, "messages", "x")) == "invalid_type messages");
    CHECK(openai_verdict(w, with(good, "messages", json::array({"x"}))) == "invalid_type messages[0]");
    CHECK(openai_verdict(w, with(good, "guided_json", json::object())) == "unknown_parameter guided_json");
    const json reasoning = with(with(good, "model", "gpt-5-mini"), "max_tokens", 50);
    CHECK(openai_verdict(w, reasoning) == "unsupported_parameter max_tokens");
    CHECK(openai_verdict(w, with(reasoning, "model", "gpt-5-chat-latest")) == "");
}

TEST_CASE("OpenAI: messages are checked by role and content") {
    world w;
    const auto verdict = [&](const json &message) {
        return openai_verdict(w, with(chat_body(), "messages", messages_of(message)));
    };
    CHECK(verdict({{"role", "developer"}, {"content", "x"}}) == "");
    CHECK(verdict({{"role", "user"}, {"content", json::array({{{"type", "text"}, {"text", "x"}}})}}) == "");
    CHECK(verdict({{"role", "wizard"}, {"content", "x"}}) == "invalid_value messages[0].role");
    CHECK(verdict({{"content", "x"}}) == "missing_required_parameter messages[0].role");
    CHECK(verdict({{"role", "user"}}) == "missing_required_parameter messages[0].content");
    CHECK(verdict({{"role", "user"}, {"content", 7}}) == "invalid_type messages[0].content");
    CHECK(verdict({{"role", "user"}, {"content", nullptr}}) == "invalid_type messages[0].content");
    CHECK(verdict({{"role", "user"}, {"content", "x"}, {"mood", 1}}) == "unknown_parameter messages[0].mood");
    json tools = chat_body();
    tools["messages"].push_back({{"role", "assistant"}, {"content", nullptr}, {"tool_calls", json::array()}});
    CHECK(openai_verdict(w, tools) == "");
}

TEST_CASE("OpenAI: a response's body has members and items of its own") {
    world w;
    const std::string path = "/v1/responses";
    const json good = {{"model", "gpt-5-mini"}, {"input", "x"}, {"max_output_tokens", 16}};
    CHECK(openai_verdict(w, good, path) == "");
    CHECK(openai_verdict(w, with(good, "max_output_tokens", 15), path) == "integer_below_min_value max_output_tokens");
    CHECK(openai_verdict(w, with(good, "max_tokens", 16), path) == "unknown_parameter max_tokens");
    CHECK(openai_verdict(w, with(good, "input", 7), path) == "invalid_type input");
    CHECK(openai_verdict(w, with(good, "input", messages_of({{"role", "user"}})), path) ==
          "missing_required_parameter input[0].content");
    json mixed = json::array({{{"type", "item_reference"}, {"id", "msg_1"}}, {{"role", "user"}, {"content", "x"}}});
    CHECK(openai_verdict(w, with(good, "input", mixed), path) == "");
}

TEST_CASE("OpenAI: a bad body in a batch is an error of its request, not of the batch") {
    bench b;
    json hot = request("hot", some_text(1));
    hot["body"]["temperature"] = 9;
    b.run("one", input_file(2) + hot.dump() + "\n");
    CHECK(b.output("one").size() == 2);
    REQUIRE(b.errors("one").size() == 1);
    const json response = b.errors("one")[0]["response"];
    CHECK(response["status_code"] == 400);
    CHECK(response["body"]["error"]["param"] == "temperature");
    CHECK(response["body"]["error"]["code"] == "decimal_above_max_value");
}

TEST_CASE("a request for several answers gets them, and they are counted") {
    world w;
    const json three = w.post("/v1/chat/completions", with(chat_body(), "n", 3)).body;
    REQUIRE(three["choices"].size() == 3);
    for (int i = 0; i < 3; ++i)
        CHECK(three["choices"][static_cast<std::size_t>(i)]["index"] == i);
    const auto text = three["choices"][0]["message"]["content"].get<std::string>();
    CHECK(three["usage"]["completion_tokens"] == 3 * (text.size() / 4 + 1));
    CHECK(spec().problem("CreateChatCompletionResponse", three) == "");
}

TEST_CASE("Mistral: a bad body is a line of the error file") {
    bench b;
    const json good = {{"messages", json::array({{{"role", "user"}, {"content", "x"}}})}};
    const auto problem = [&](const json &body) {
        batch job;
        job.id = "job";
        job.spoken = dialect::mistral;
        job.special = {{"model", "mistral-small-latest"}};
        write_file(b.paths("job").input, json{{"custom_id", "a"}, {"body", body}}.dump() + "\n");
        generator maker{b.settings, b.replay, b.ledger, b.stop};
        const auto results = maker.run(job, b.paths("job"));
        if (!results.has_errors)
            return std::string{};
        return b.errors("job")[0]["response"]["body"]["message"].get<std::string>();
    };
    CHECK(problem(good) == "");
    CHECK(problem(with(good, "temperature", 1.6)) == "temperature: Input should be less than or equal to 1.5");
    CHECK(problem(with(good, "seed", 1)) == "seed: Extra inputs are not permitted");
    CHECK(problem(with(good, "messages", "x")) == "messages: Input should be a valid list");
    CHECK(problem(with(good, "messages", messages_of({{"role", "user"}, {"content", 7}}))) ==
          "messages.0.content: Input should be a valid string");
    CHECK(problem(with(good, "messages", messages_of({{"role", "developer"}, {"content", "x"}}))) ==
          "messages.0.role: Input tag 'developer' does not match any of the expected tags");
}

TEST_CASE("Anthropic: params are checked by name, type and range") {
    world w;
    const json good = {{"model", "claude-haiku-4-5"},
                       {"max_tokens", 50},
                       {"messages", json::array({{{"role", "user"}, {"content", "x"}}})}};
    const auto problem = [&](const json &body) {
        const auto a = w.send("POST", "/v1/messages", body.dump(), anthropic_version);
        return a.status == 200 ? std::string{} : a.body["error"]["message"].get<std::string>();
    };
    CHECK(problem(good) == "");
    CHECK(problem(with(good, "temperature", 1)) == "");
    CHECK(problem(with(good, "temperature", 1.1)) == "temperature: Input should be less than or equal to 1");
    CHECK(problem(with(good, "max_tokens", 0)) == "max_tokens: Input should be greater than or equal to 1");
    CHECK(problem(with(good, "max_tokens", "50")) == "max_tokens: Input should be a valid integer");
    CHECK(problem(with(good, "n", 3)) == "n: Extra inputs are not permitted");
    CHECK(problem(with(good, "messages", "x")) == "messages: Input should be a valid list");
    CHECK(problem(with(good, "messages", messages_of({{"role", "user"}}))) == "messages.0.content: Field required");
    CHECK(problem(with(good, "messages", messages_of({{"role", "user"}, {"content", 7}}))) ==
          "messages.0.content: Input should be a valid string");
    CHECK(problem(with(good, "messages", messages_of({{"role", "user"}, {"content", "x"}, {"name", "y"}}))) ==
          "messages.0.name: Extra inputs are not permitted");
    CHECK_THAT(problem(with(good, "messages", messages_of({{"role", "system"}, {"content", "x"}}))),
               SMELT_CONTAINS("Unexpected role \"system\""));
}

TEST_CASE("with a list of models, others are unknown in every dialect's words") {
    world w;
    w.settings.models = {"gpt-test", "claude-haiku-4-5"};
    w.start();
    CHECK(w.completed(input_file(1))["status"] == "completed");
    json other = request("a", some_text(1));
    other["body"]["model"] = "gpt-none";
    const json failed = w.completed(other.dump());
    CHECK(failed["errors"]["data"][0]["code"] == "model_not_found");
    CHECK(failed["errors"]["data"][0]["param"] == "body.model");
    const auto synchronous = w.post("/v1/chat/completions", other["body"]);
    CHECK(synchronous.status == 404);
    CHECK(synchronous.body["error"]["code"] == "model_not_found");
    const json job = {{"endpoint", "/v1/chat/completions"},
                      {"model", "mistral-none"},
                      {"requests", json::array({{{"custom_id", "a"}, {"body", json::object()}}})}};
    CHECK(w.post("/mistral/v1/batch/jobs", job).body["code"] == "unknown_model");
    const json turn = {{"contents", json::array({{{"parts", json::array({{{"text", "x"}}})}}})}};
    const json create = {
        {"batch", {{"inputConfig", {{"requests", {{"requests", json::array({{{"request", turn}}})}}}}}}}};
    CHECK(w.post("/v1beta/models/gemini-none:batchGenerateContent", create).status == 404);
    const json params = {
        {"model", "claude-none"}, {"max_tokens", 5}, {"messages", json::array({{{"role", "user"}, {"content", "x"}}})}};
    const auto refused = w.send("POST", "/v1/messages", params.dump(), anthropic_version);
    CHECK(refused.status == 404);
    CHECK(refused.body["error"]["type"] == "not_found_error");
}
