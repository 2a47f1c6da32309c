#include "catch.hpp"
#include "sim_world.hpp"
#include "simulator/anthropic/rules.hpp"

#include <map>

using namespace smelt::sim;
using namespace sim_test;

namespace {

const std::string batches = "/v1/messages/batches";
const http::headers head{{"anthropic-version", "2023-06-01"}, {"host", "sim.test:8090"}};

json row_of_words() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"word"}},
            {"properties", {{"word", {{"type", "string"}}}}}};
}

json batch_params(int i) {
    const json format = {{"type", "json_schema"}, {"schema", row_of_words()}};
    return {{"model", "claude-haiku-4-5"},
            {"max_tokens", 256},
            {"system", "Answer."},
            {"messages", json::array({{{"role", "user"}, {"content", some_text(i)}}})},
            {"output_config", {{"format", format}}}};
}

json requests(int count) {
    json out = json::array();
    for (int i = 0; i < count; ++i)
        out.push_back({{"custom_id", "id-" + std::to_string(i)}, {"params", batch_params(i)}});
    return out;
}

struct anthropic_world : world {
    answer ask(const std::string &method, const std::string &path, const std::string &body = {}) {
        return send(method, path, body, head);
    }
    answer create(const json &list) { return ask("POST", batches, json{{"requests", list}}.dump()); }
    json ended(const std::string &id) {
        return until(
            batches + "/" + id, [](const json &shown) { return shown.value("processing_status", "") == "ended"; },
            head);
    }
    json finished(const json &list, const json &faults = nullptr) {
        if (!faults.is_null())
            REQUIRE(post("/sim/faults", faults).status == 200);
        return ended(create(list).body["id"]);
    }
    /// The results by custom_id.
    std::map<std::string, json> results(const json &batch) {
        const auto stream = ask("GET", batches + "/" + batch["id"].get<std::string>() + "/results");
        REQUIRE(stream.status == 200);
        std::map<std::string, json> out;
        for (const auto &line : read_lines(stream.file))
            out[line["custom_id"]] = line["result"];
        return out;
    }
    /// The one result of a batch of one request.
    json result_of(const json &one) {
        return results(finished(json::array({{{"custom_id", "one"}, {"params", one}}})))["one"];
    }
};

std::string type_of(const answer &a) {
    CHECK(a.body["type"] == "error");
    CHECK(a.body["request_id"] == field(a, "request-id"));
    return a.body["error"]["type"];
}

} // namespace

TEST_CASE("Anthropic: a batch from create to results") {
    anthropic_world w;
    const auto created = w.create(requests(20));
    REQUIRE(created.status == 200);
    CHECK(created.body["type"] == "message_batch");
    CHECK(created.body["processing_status"] == "in_progress");
    CHECK(created.body["request_counts"]["processing"] == 20);
    CHECK(created.body["results_url"].is_null());
    CHECK(created.body["created_at"] == "2027-01-15T08:00:00.000435Z");
    CHECK(created.body["expires_at"] == "2027-01-16T08:00:00.000435Z");
    const std::string id = created.body["id"];
    CHECK(w.ask("GET", batches + "/" + id + "/results").status == 400);
    const json ended = w.ended(id);
    CHECK(ended["request_counts"]["processing"] == 0);
    CHECK(ended["request_counts"]["succeeded"] == 20);
    CHECK(ended["results_url"] == "http://sim.test:8090/v1/messages/batches/" + id + "/results");
    const auto results = w.results(ended);
    REQUIRE(results.size() == 20);
    const json message = results.at("id-7")["message"];
    CHECK(results.at("id-7")["type"] == "succeeded");
    CHECK(message["stop_reason"] == "end_turn");
    CHECK(message["content"][0]["type"] == "text");
    CHECK(json::parse(message["content"][0]["text"].get<std::string>())["word"].is_string());
    CHECK(message["usage"]["service_tier"] == "batch");
    CHECK(w.get("/v1/batches").body["data"].empty());
    CHECK(w.get("/v1/files").body["data"].empty());
    w.now += std::int64_t{29} * 86'400'000;
    CHECK(w.ask("GET", batches + "/" + id + "/results").status == 404);
    CHECK_FALSE(w.ask("GET", batches + "/" + id).body["archived_at"].is_null());
}

TEST_CASE("Anthropic: creates that are refused make nothing") {
    anthropic_world w;
    const auto with_id = [](const json &id) { return json::array({{{"custom_id", id}, {"params", batch_params(0)}}}); };
    for (const json &bad : {with_id("a b"), with_id(""), with_id(std::string(65, 'a')), with_id(1), json::array(),
                            json::array({1}), json::array({{{"custom_id", "a"}}})})
        CHECK(type_of(w.create(bad)) == "invalid_request_error");
    json twice = requests(2);
    twice[1]["custom_id"] = "id-0";
    CHECK(w.create(twice).status == 400);
    for (const char *body : {"", "{", "[]", "{}", R"({"requests":null})", R"({"requests":[]} x)",
                             R"({"requests":[{"custom_id":"a","params":{}}],"metadata":{}})"})
        CHECK(w.ask("POST", batches, body).status == 400);
    w.settings.requests_per_batch = 3;
    w.settings.bytes_per_file = 5000;
    w.start();
    CHECK(type_of(w.create(requests(4))) == "request_too_large");
    CHECK(w.ask("POST", batches, std::string(6000, ' ')).status == 413);
    CHECK(w.create(requests(3)).status == 200);
    CHECK(w.ask("GET", batches).body["data"].size() == 1);
    for (const auto &entry : fs::directory_iterator{w.folder.path / "batches"})
        CHECK(entry.path().extension() != ".part");
}

TEST_CASE("Anthropic: keys and versions") {
    anthropic_world w;
    CHECK(w.get(batches).status == 400);
    CHECK(w.send("GET", batches, "", {{"anthropic-version", "2020-01-01"}}).status == 400);
    CHECK(w.send("GET", batches, "", {{"anthropic-version", "2026-10-21"}}).status == 200);
    CHECK(type_of(w.ask("GET", "/v1/messages/nothing")) == "not_found_error");
    w.settings.key = "right";
    w.start();
    CHECK(type_of(w.ask("GET", batches)) == "authentication_error");
    CHECK(w.send("GET", batches, "", {{"anthropic-version", "2023-06-01"}, {"x-api-key", "right"}}).status == 200);
    CHECK(w.send("GET", batches, "", {{"anthropic-version", "2023-06-01"}, {"authorization", "Bearer right"}}).status ==
          200);
}

TEST_CASE("Anthropic: params are checked when they are run") {
    anthropic_world w;
    const auto message = [&](const std::string &name, const json &value) {
        json one = batch_params(0);
        if (value.is_null())
            one.erase(name);
        else
            one[name] = value;
        const json result = w.result_of(one);
        REQUIRE(result["type"] == "errored");
        CHECK(result["error"]["type"] == "error");
        CHECK(result["error"]["error"]["type"] == "invalid_request_error");
        return result["error"]["error"]["message"].get<std::string>();
    };
    CHECK_THAT(message("max_tokens", nullptr), SMELT_CONTAINS("max_tokens"));
    CHECK_THAT(message("max_tokens", 0), SMELT_CONTAINS("max_tokens"));
    CHECK_THAT(message("model", nullptr), SMELT_CONTAINS("model"));
    CHECK_THAT(message("stream", true), SMELT_CONTAINS("stream"));
    CHECK_THAT(message("response_format", json::object()), SMELT_CONTAINS("response_format"));
    CHECK_THAT(message("messages", json::array()), SMELT_CONTAINS("messages"));
    CHECK_THAT(message("messages", json::array({{{"role", "system"}, {"content", "x"}}})), SMELT_CONTAINS("role"));
    json loose = row_of_words();
    loose.erase("additionalProperties");
    CHECK_THAT(message("output_config", {{"format", {{"type", "json_schema"}, {"schema", loose}}}}),
               SMELT_CONTAINS("additionalProperties"));
    json warm = batch_params(0);
    warm["temperature"] = 0;
    CHECK(w.result_of(warm)["type"] == "succeeded");
    const auto newer =
        w.send("POST", batches, json{{"requests", json::array({{{"custom_id", "one"}, {"params", warm}}})}}.dump(),
               {{"anthropic-version", "2026-10-21"}});
    CHECK(w.results(w.ended(newer.body["id"]))["one"]["type"] == "errored");
}

TEST_CASE("Anthropic: the rules of schemas") {
    CHECK(broken_anthropic_rule(row_of_words()).empty());
    const auto with = [](const json &property) {
        json schema = row_of_words();
        schema["properties"]["word"] = property;
        return broken_anthropic_rule(schema);
    };
    CHECK_THAT(with({{"type", "number"}, {"minimum", 0}}), SMELT_CONTAINS("minimum"));
    CHECK_THAT(with({{"type", "string"}, {"maxLength", 5}}), SMELT_CONTAINS("maxLength"));
    CHECK_THAT(with({{"type", "array"}, {"minItems", 2}}), SMELT_CONTAINS("minItems"));
    CHECK(with({{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}}).empty());
    CHECK_THAT(with({{"$ref", "#"}}), SMELT_CONTAINS("recursive"));
    CHECK_THAT(with({{"$ref", "http://elsewhere"}}), SMELT_CONTAINS("external"));
    CHECK_THAT(with({{"type", "object"}}), SMELT_CONTAINS("additionalProperties"));
    json many = row_of_words();
    for (int i = 0; i < 25; ++i)
        many["properties"]["p" + std::to_string(i)] = {{"type", "string"}};
    CHECK_THAT(broken_anthropic_rule(many), SMELT_CONTAINS("optional"));
    for (int i = 0; i < 25; ++i) {
        many["properties"]["p" + std::to_string(i)] = {{"type", {"string", "null"}}};
        many["required"].push_back("p" + std::to_string(i));
    }
    CHECK_THAT(broken_anthropic_rule(many), SMELT_CONTAINS("union"));
}

TEST_CASE("Anthropic: every request has one line, whatever became of it") {
    anthropic_world w;
    const json late =
        w.finished(requests(8), {{"expire_after_fraction", 0.5}, {"error_lines", 1}, {"refuse_lines", 1}});
    CHECK(late["request_counts"] ==
          json{{"processing", 0}, {"succeeded", 3}, {"errored", 1}, {"canceled", 0}, {"expired", 4}});
    std::map<std::string, int> types;
    for (const auto &[id, result] : w.results(late)) {
        ++types[result["type"]];
        if (result["type"] == "succeeded" && result["message"]["stop_reason"] == "refusal") {
            CHECK(result["message"]["stop_details"]["type"] == "refusal");
            CHECK(result["message"]["content"].empty());
        }
    }
    CHECK(types == std::map<std::string, int>{{"succeeded", 3}, {"errored", 1}, {"expired", 4}});
    const std::string id = w.create(requests(100)).body["id"];
    w.made(108);
    w.now += 450;
    CHECK(w.ask("GET", batches + "/" + id).body["request_counts"]["processing"] == 100);
    CHECK(w.ask("POST", batches + "/" + id + "/cancel").body["processing_status"] == "canceling");
    const json cancelled = w.ended(id);
    CHECK_FALSE(cancelled["cancel_initiated_at"].is_null());
    CHECK(cancelled["request_counts"]["succeeded"] == 50);
    CHECK(cancelled["request_counts"]["canceled"] == 50);
    CHECK(w.results(cancelled).size() == 100);
    CHECK(type_of(w.ask("POST", batches + "/" + id + "/cancel")) == "invalid_request_error");
    const json none = w.finished(requests(2), {{"fail_code", "overloaded_error"}});
    CHECK(none["request_counts"]["errored"] == 2);
    CHECK(w.results(none)["id-0"]["error"]["error"]["type"] == "overloaded_error");
}

TEST_CASE("Anthropic: a marked prefix is written to the cache once and read after that") {
    anthropic_world w;
    json list = requests(3);
    for (auto &one : list)
        one["params"]["system"] = json::array(
            {{{"type", "text"}, {"text", std::string(400, 'x')}, {"cache_control", {{"type", "ephemeral"}}}}});
    int created = 0;
    int read = 0;
    for (const auto &[id, result] : w.results(w.finished(list))) {
        const json &usage = result["message"]["usage"];
        created += usage["cache_creation_input_tokens"] > 0 ? 1 : 0;
        read += usage["cache_read_input_tokens"] > 100 ? 1 : 0;
        CHECK(usage["input_tokens"] > 0);
    }
    CHECK(created == 1);
    CHECK(read == 2);
}

TEST_CASE("Anthropic: listings are paged in both directions, deleted batches are not in them") {
    anthropic_world w;
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.insert(ids.begin(), w.create(requests(1)).body["id"]);
    const auto page = [&](const std::string &query) { return w.ask("GET", batches + query).body; };
    const json first = page("?limit=2");
    CHECK(first["data"][0]["id"] == ids[0]);
    CHECK(first["has_more"] == true);
    const json second = page("?limit=2&after_id=" + first["last_id"].get<std::string>());
    CHECK(second["first_id"] == ids[2]);
    CHECK(page("?limit=2&after_id=" + ids[3])["has_more"] == false);
    const json back = page("?limit=2&before_id=" + ids[3]);
    CHECK(back["first_id"] == ids[1]);
    CHECK(back["has_more"] == true);
    CHECK(page("?after_id=" + ids[4])["first_id"].is_null());
    CHECK(w.ask("GET", batches + "?limit=1001").status == 400);
    CHECK(w.ask("DELETE", batches + "/" + ids[0]).status == 400);
    w.ended(ids[0]);
    CHECK(w.ask("DELETE", batches + "/" + ids[0]).body["type"] == "message_batch_deleted");
    CHECK(w.ask("GET", batches + "/" + ids[0]).status == 404);
    CHECK(page("")["data"].size() == 4);
}

TEST_CASE("Anthropic: a restart goes on, and what was sent twice is seen") {
    anthropic_world w;
    const std::string id = w.create(requests(3)).body["id"];
    w.start();
    CHECK(w.ended(id)["request_counts"]["succeeded"] == 3);
    CHECK(w.get("/sim/counters").body["duplicates"].empty());
    w.ended(w.create(requests(3)).body["id"]);
    const json counters = w.get("/sim/counters").body;
    CHECK(counters["duplicates"].size() == 1);
    CHECK(counters["repeated_custom_ids"] == 3);
    CHECK(counters["requests_billed"] == 6);
    w.post("/sim/faults", {{"on", "list"}, {"status", 529}});
    CHECK(type_of(w.ask("GET", batches)) == "overloaded_error");
}
