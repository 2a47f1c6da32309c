#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

const std::string messages = "/v1/messages";

json chat_body(int i) {
    return request("any", some_text(i))["body"];
}

json params(int i) {
    json schema = row_schema;
    schema["properties"]["confidence"] = {{"type", "number"}};
    const json format = {{"type", "json_schema"}, {"schema", schema}};
    return {{"model", "claude-haiku-4-5"},
            {"max_tokens", 256},
            {"messages", json::array({{{"role", "user"}, {"content", some_text(i)}}})},
            {"output_config", {{"format", format}}}};
}

/// Without what differs between two answers to the same request.
json alike(json body) {
    for (const char *name : {"id", "created", "created_at", "service_tier"})
        body.erase(name);
    if (body.contains("output"))
        body["output"][0].erase("id");
    if (body.contains("usage"))
        body["usage"].erase("service_tier");
    return body;
}

struct synchronous_world : world {
    answer ask(const json &body, const std::string &client_id = {}, const std::string &path = chat_path) {
        http::headers fields = anthropic_version;
        if (!client_id.empty())
            fields.emplace_back("x-client-request-id", client_id);
        return send("POST", path, body.dump(), fields);
    }
    json count(const char *name) { return get("/sim/counters").body[name]; }
};

} // namespace

TEST_CASE("a chat completion is what a batch's line would hold") {
    synchronous_world w;
    w.settings.invalid_rate = 0.5;
    w.start();
    const json ended = w.completed(input_file(20));
    const auto file = w.get("/v1/files/" + ended["output_file_id"].get<std::string>() + "/content").file;
    for (const auto &line : read_lines(file)) {
        const int i = std::stoi(line["custom_id"].get<std::string>().substr(3));
        const auto alone = w.ask(chat_body(i));
        REQUIRE(alone.status == 200);
        CHECK(alike(alone.body) == alike(line["response"]["body"]));
        CHECK_FALSE(field(alone, "x-request-id").empty());
    }
    CHECK(w.count("answers") == 20);
    CHECK(w.count("requests_billed") == 20);
    CHECK(w.ask(chat_body(0)).body["id"] != w.ask(chat_body(0)).body["id"]);
    CHECK(w.ask(chat_body(1), "", "/openai/v1/chat/completions").status == 200);
    const auto response = w.ask({{"model", "m"}, {"input", "some words"}}, "", "/v1/responses");
    CHECK(response.body["object"] == "response");
}

TEST_CASE("a message is what a batch's line would hold") {
    synchronous_world w;
    const auto alone = w.ask(params(1), "", messages);
    REQUIRE(alone.status == 200);
    CHECK(alone.body["usage"]["service_tier"] == "standard");
    CHECK_FALSE(field(alone, "request-id").empty());
    const json list = json::array({{{"custom_id", "one"}, {"params", params(1)}}});
    const auto created = w.send("POST", messages + "/batches", json{{"requests", list}}.dump(), anthropic_version);
    const std::string path = messages + "/batches/" + created.body["id"].get<std::string>();
    w.until(
        path, [](const json &shown) { return shown.value("processing_status", "") == "ended"; }, anthropic_version);
    const auto lines = read_lines(w.send("GET", path + "/results", "", anthropic_version).file);
    CHECK(alike(alone.body) == alike(lines.at(0)["result"]["message"]));
}

TEST_CASE("synchronous calls are refused as the services refuse them") {
    synchronous_world w;
    json loose = chat_body(0);
    loose["response_format"]["json_schema"]["schema"].erase("additionalProperties");
    const auto bad = w.ask(loose);
    CHECK(bad.status == 400);
    CHECK_THAT(error_of(bad), SMELT_CONTAINS("additionalProperties"));
    CHECK(bad.body["error"]["param"] == "response_format");
    const auto without = [](json body, const char *name) {
        body.erase(name);
        return body;
    };
    CHECK(w.ask(without(chat_body(0), "messages")).body["error"]["param"] == "messages");
    CHECK(w.ask(without(chat_body(0), "model")).status == 400);
    json streamed = chat_body(0);
    streamed["stream"] = true;
    for (const json &body : {streamed, json::array(), json("text")})
        CHECK(w.ask(body).status == 400);
    CHECK(w.send("POST", chat_path, "{").status == 400);
    CHECK(w.send("POST", chat_path, std::string(33 * 1024 * 1024, ' ')).status == 413);
    CHECK(w.ask(chat_body(0), "", "/v1/chat/completion").status == 404);
    CHECK(w.get(chat_path).status == 404);
    CHECK(w.ask(params(0), "", messages + "/nothing").body["error"]["type"] == "not_found_error");
    CHECK(w.send("POST", messages, params(0).dump()).status == 400); // no version
    const auto wanted = w.ask(without(params(0), "max_tokens"), "", messages);
    CHECK(wanted.status == 400);
    CHECK(wanted.body["error"]["type"] == "invalid_request_error");
    CHECK(wanted.body["error"]["message"] == "max_tokens: Field required");
    json warm = params(0);
    warm["temperature"] = 0;
    CHECK(w.ask(warm, "", messages).status == 200);
    CHECK(w.send("POST", messages, warm.dump(), {{"anthropic-version", "2026-10-21"}}).status == 400);
    json wrong = params(0);
    wrong["output_config"]["format"]["schema"].erase("additionalProperties");
    CHECK(w.ask(wrong, "", messages).status == 400);
    CHECK(w.count("answers") == 1);
}

TEST_CASE("synchronous calls need the right key") {
    synchronous_world w;
    w.settings.key = "right";
    w.start();
    const std::string body = chat_body(0).dump();
    CHECK(w.send("POST", chat_path, body, {{"authorization", "Bearer wrong"}}).status == 401);
    CHECK(w.send("POST", chat_path, body, {{"api-key", "right"}}).status == 401);
    CHECK(w.send("POST", chat_path, body, {{"authorization", "Bearer right"}}).status == 200);
    CHECK(w.send("POST", "/openai" + chat_path, body, {{"api-key", "right"}}).status == 200);
    CHECK(w.ask(params(0), "", messages).body["error"]["type"] == "authentication_error");
    http::headers fields = anthropic_version;
    fields.emplace_back("x-api-key", "right");
    CHECK(w.send("POST", messages, params(0).dump(), fields).status == 200);
}

TEST_CASE("more requests at once than --concurrency allows are turned away") {
    synchronous_world w;
    w.settings.concurrency = 2;
    w.settings.answer_latency = std::chrono::milliseconds{100};
    w.start();
    const auto first = w.begin("POST", chat_path, chat_body(1).dump());
    const auto second = w.begin("POST", messages, params(2).dump(), anthropic_version);
    const auto third = w.ask(chat_body(3));
    CHECK(third.status == 429);
    CHECK(third.body["error"]["code"] == "rate_limit_exceeded");
    CHECK(field(third, "Retry-After") == "1");
    const auto fourth = w.ask(params(4), "", messages);
    CHECK(fourth.body["error"]["type"] == "rate_limit_error");
    CHECK(field(fourth, "Retry-After") == "1");
    CHECK_FALSE(first->ended);
    CHECK(w.finish(*first).status == 200);
    CHECK(w.finish(*second).status == 200);
    CHECK(w.ask(chat_body(3)).status == 200);
    CHECK(w.count("answers") == 3);
    CHECK(w.count("answers_in_flight_max") == 2);
}

TEST_CASE("requests that were paid for twice are counted, also over a restart") {
    synchronous_world w;
    for (const char *id : {"a", "b", "", ""})
        CHECK(w.ask(chat_body(0), id).status == 200);
    CHECK(w.count("answer_duplicates") == 0);
    w.start();
    CHECK(w.ask(chat_body(0), "a").status == 200);
    CHECK(w.ask(json::object(), "c").status == 400); // paid for once it is accepted
    CHECK(w.ask(chat_body(0), "c").status == 200);
    CHECK(w.count("answers") == 6);
    CHECK(w.count("answer_duplicates") == 1);
    CHECK(w.count("answers_in_flight_max") == 1);
    CHECK(w.count("requests_received") == 0);
}
