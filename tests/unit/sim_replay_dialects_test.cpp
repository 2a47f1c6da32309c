#include "catch.hpp"
#include "sim_world.hpp"

#include <map>

using namespace smelt::sim;
using namespace sim_test;

namespace {

const std::vector<std::string> keys{"k1", "k2", "k3", "k4"};

const std::string &key(int i) {
    return keys.at(static_cast<std::size_t>(i));
}

/// A world with recorded answers for the requests of keys.
struct recorded_world : world {
    recorded_world() {
        write_file(folder.path / "replay.jsonl", R"({"match":"number 0 ","answer":{"word":"first"}}
{"match":"number 1 ","refusal":"No."}
{"match":"number 2 ","status_code":429,"error":{"message":"slow down"}}
{"match":"number 3 ","answer":{"word":"cut"},"finish_reason":"length"}
)");
        settings.replay = folder.path / "replay.jsonl";
        start();
    }
    /// The lines of a result file by what names their request.
    static std::map<std::string, json> by(const char *name, const fs::path &file) {
        std::map<std::string, json> out;
        for (const auto &line : read_lines(file))
            out[line[name]] = line;
        return out;
    }
    static bool is_over(const json &shown) {
        return shown.value("done", false) || shown.value("status", "") == "SUCCESS" ||
               shown.value("processing_status", "") == "ended";
    }
};

} // namespace

TEST_CASE("recorded answers come in Mistral's form") {
    recorded_world w;
    std::string text;
    for (int i = 0; i < 4; ++i)
        text += json{{"custom_id", key(i)}, {"body", request("", some_text(i))["body"]}}.dump() + "\n";
    const std::string file = w.upload(text, "in.jsonl", "batch", "/mistral/v1/files").body["id"];
    const auto job = w.post("/mistral/v1/batch/jobs", {{"endpoint", "/v1/chat/completions"}, {"input_files", {file}}});
    REQUIRE(job.status == 200);
    const json ended = w.until("/mistral/v1/batch/jobs/" + job.body["id"].get<std::string>(), w.is_over);
    const auto content = [&](const char *member) {
        const auto id = ended[member].get<std::string>();
        return w.by("custom_id", w.get("/mistral/v1/files/" + id + "/content").file);
    };
    auto output = content("output_file");
    CHECK(answer_text(output["k1"]) == R"({"word":"first"})");
    CHECK(answer_text(output["k2"]) == "No.");
    CHECK(output["k4"]["response"]["body"]["choices"][0]["finish_reason"] == "length");
    const json error = content("error_file")["k3"]["response"];
    CHECK(error["status_code"] == 429);
    CHECK(error["body"]["type"] == "rate_limit_error");
}

TEST_CASE("recorded answers come in Anthropic's form") {
    recorded_world w;
    json list = json::array();
    for (int i = 0; i < 4; ++i)
        list.push_back({{"custom_id", key(i)},
                        {"params",
                         {{"model", "m"},
                          {"max_tokens", 9},
                          {"messages", json::array({{{"role", "user"}, {"content", some_text(i)}}})}}}});
    const http::headers head{{"anthropic-version", "2026-10-21"}};
    const auto made = w.send("POST", "/v1/messages/batches", json{{"requests", list}}.dump(), head);
    REQUIRE(made.status == 200);
    const std::string path = "/v1/messages/batches/" + made.body["id"].get<std::string>();
    w.until(path, w.is_over, head);
    auto results = w.by("custom_id", w.send("GET", path + "/results", "", head).file);
    CHECK(results["k1"]["result"]["message"]["content"][0]["text"] == R"({"word":"first"})");
    CHECK(results["k2"]["result"]["message"]["stop_details"]["explanation"] == "No.");
    CHECK(results["k3"]["result"]["error"]["error"]["type"] == "rate_limit_error");
    CHECK(results["k4"]["result"]["message"]["stop_reason"] == "max_tokens");
}

TEST_CASE("recorded answers come in Gemini's form") {
    recorded_world w;
    json list = json::array();
    for (int i = 0; i < 4; ++i) {
        const json parts = json::array({{{"text", some_text(i)}}});
        list.push_back(
            {{"request", {{"contents", json::array({{{"parts", parts}}})}}}, {"metadata", {{"key", key(i)}}}});
    }
    const json config = {{"requests", {{"requests", list}}}};
    const auto made = w.post("/v1beta/models/m:batchGenerateContent", {{"batch", {{"inputConfig", config}}}});
    REQUIRE(made.status == 200);
    const json ended = w.until("/v1beta/" + made.body["name"].get<std::string>(), w.is_over);
    std::map<std::string, json> results;
    for (const auto &item : ended["response"]["inlinedResponses"]["inlinedResponses"])
        results[item["metadata"]["key"]] = item;
    CHECK(results["k1"]["response"]["candidates"][0]["content"]["parts"][0]["text"] == R"({"word":"first"})");
    CHECK(results["k2"]["response"]["candidates"][0]["finishReason"] == "SAFETY");
    CHECK(results["k3"]["error"]["status"] == "RESOURCE_EXHAUSTED");
    CHECK(results["k4"]["response"]["candidates"][0]["finishReason"] == "MAX_TOKENS");
}
