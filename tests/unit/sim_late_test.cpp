#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

json chat_lines(const char *id) {
    const json body = {{"messages", json::array({{{"role", "user"}, {"content", some_text(1)}}})}};
    return json::array({{{"custom_id", id}, {"body", body}}});
}

/// Two reads of the same thing after it has ended.
struct reads {
    json first, second;
};

struct late_world : world {
    explicit late_world(const json &faults) { REQUIRE(post("/sim/faults", faults).status == 200); }

    /// Waits for the worker without a read of the batch, and lets the batch's time pass.
    reads end(const std::string &target, std::int64_t requests) {
        made(requests);
        now += 2000;
        const json first = send("GET", target, "", anthropic_version).body;
        return {first, send("GET", target, "", anthropic_version).body};
    }
    reads openai(int requests, const std::string &base = "/v1") {
        const std::string file = upload(input_file(requests), "in.jsonl", "batch", base + "/files").body["id"];
        const json create = {
            {"input_file_id", file}, {"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}};
        created = post(base + "/batches", create);
        return end(base + "/batches/" + created.body["id"].get<std::string>(), requests);
    }
    reads mistral() {
        const json job = {
            {"endpoint", "/v1/chat/completions"}, {"model", "mistral-small-latest"}, {"requests", chat_lines("a")}};
        const json made_job = post("/mistral/v1/batch/jobs", job).body;
        return end("/mistral/v1/batch/jobs/" + made_job["id"].get<std::string>(), 1);
    }
    reads anthropic() {
        const json params = {{"model", "claude-haiku-4-5"},
                             {"max_tokens", 5},
                             {"messages", json::array({{{"role", "user"}, {"content", "x"}}})}};
        const json create = {{"requests", json::array({{{"custom_id", "a"}, {"params", params}}})}};
        const json batch = send("POST", "/v1/messages/batches", create.dump(), anthropic_version).body;
        return end("/v1/messages/batches/" + batch["id"].get<std::string>(), 1);
    }
    reads gemini() {
        const json turn = {{"contents", json::array({{{"parts", json::array({{{"text", "x"}}})}}})}};
        const json requests = {{"requests", json::array({{{"request", turn}}})}};
        const json create = {{"batch", {{"inputConfig", {{"requests", requests}}}}}};
        const json operation = post("/v1beta/models/gemini-x:batchGenerateContent", create).body;
        return end("/v1beta/" + operation["name"].get<std::string>(), 1);
    }

    answer created;
};

} // namespace

TEST_CASE("an ended batch may name its results a read later, in every dialect") {
    const json late = {{"files_late", 1}};
    {
        late_world w{late};
        const auto seen = w.openai(3);
        CHECK(seen.first["status"] == "completed");
        CHECK(seen.first["request_counts"]["completed"] == 3);
        CHECK(seen.first["output_file_id"].is_null());
        CHECK(seen.second["output_file_id"].is_string());
    }
    {
        late_world w{late};
        const auto seen = w.mistral();
        CHECK(seen.first["status"] == "SUCCESS");
        CHECK(seen.first["succeeded_requests"] == 1);
        CHECK(seen.first["output_file"].is_null());
        CHECK(seen.second["output_file"].is_string());
    }
    {
        late_world w{late};
        const auto seen = w.anthropic();
        CHECK(seen.first["processing_status"] == "ended");
        CHECK(seen.first["request_counts"]["succeeded"] == 1);
        CHECK(seen.first["results_url"].is_null());
        CHECK(seen.second["results_url"].is_string());
    }
    {
        late_world w{late};
        const auto seen = w.gemini();
        CHECK(seen.first["done"] == true);
        CHECK(seen.first["metadata"]["batchStats"]["successfulRequestCount"] == "1");
        CHECK_FALSE(seen.first.contains("response"));
        CHECK(seen.second.contains("response"));
    }
}

TEST_CASE("an ended batch may count its requests a read later, in every dialect") {
    const json late = {{"counts_late", 1}};
    {
        late_world w{late};
        const auto seen = w.openai(3);
        CHECK(seen.first["status"] == "completed");
        CHECK(seen.first["request_counts"]["total"] == 0);
        CHECK(seen.second["request_counts"]["completed"] == 3);
    }
    {
        late_world w{late};
        const auto seen = w.mistral();
        CHECK(seen.first["total_requests"] == 0);
        CHECK(seen.second["succeeded_requests"] == 1);
    }
    {
        late_world w{late};
        const auto seen = w.anthropic();
        CHECK(seen.first["processing_status"] == "ended");
        CHECK(seen.first["request_counts"]["processing"] == 1);
        CHECK(seen.second["request_counts"]["succeeded"] == 1);
    }
    {
        late_world w{late};
        const auto seen = w.gemini();
        CHECK_FALSE(seen.first["metadata"]["batchStats"].contains("successfulRequestCount"));
        CHECK(seen.second["metadata"]["batchStats"]["successfulRequestCount"] == "1");
    }
}

TEST_CASE("listings do not count as reads, and a restart forgets none") {
    late_world w{{{"files_late", 2}}};
    const std::string file = w.upload(input_file(1)).body["id"];
    const std::string target = "/v1/batches/" + w.create(file).body["id"].get<std::string>();
    w.made(1);
    w.now += 2000;
    for (int i = 0; i < 3; ++i)
        CHECK(w.get("/v1/batches").body["data"][0]["output_file_id"].is_null());
    CHECK(w.get(target).body["output_file_id"].is_null());
    w.start();
    CHECK(w.get(target).body["output_file_id"].is_null());
    CHECK(w.get(target).body["output_file_id"].is_string());
    CHECK(w.get("/v1/batches").body["data"][0]["output_file_id"].is_string());
}

TEST_CASE("counts of requests may be odd, in every dialect") {
    {
        late_world w{{{"odd_counts", "huge"}}};
        CHECK(w.openai(2).first["request_counts"]["completed"] == 3'000'000'000);
    }
    {
        late_world w{{{"odd_counts", "giant"}}};
        CHECK(w.mistral().first["succeeded_requests"] == 1e30);
    }
    {
        late_world w{{{"odd_counts", "text"}}};
        CHECK(w.anthropic().first["request_counts"]["succeeded"] == "1");
    }
    {
        late_world w{{{"odd_counts", "negative"}}};
        CHECK(w.gemini().first["metadata"]["batchStats"]["successfulRequestCount"] == "-1");
    }
    {
        late_world w{{{"odd_counts", "null"}}};
        CHECK(w.openai(2).first["request_counts"]["total"].is_null());
    }
    world w;
    CHECK_THAT(w.post("/sim/faults", {{"odd_counts", "strange"}}).text, SMELT_CONTAINS("huge, giant"));
}

TEST_CASE("a plain local server: no listing, counts and files after the end, one file, bodies as text") {
    late_world w{json::array()};
    json bad = request("bad", some_text(9));
    bad["body"]["response_format"]["json_schema"]["schema"].erase("additionalProperties");
    const std::string file =
        w.upload(input_file(2) + bad.dump() + "\n", "in.jsonl", "batch", "/plain/v1/files").body["id"];
    const json create = {{"input_file_id", file}, {"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}};
    const auto created = w.post("/plain/v1/batches", create);
    CHECK(created.status == 201);
    const std::string target = "/plain/v1/batches/" + created.body["id"].get<std::string>();
    w.made(3);
    w.now += 500;
    const json running = w.get(target).body;
    CHECK(running["status"] == "in_progress");
    CHECK(running["request_counts"]["total"] == 0);
    w.now += 2000;
    const json first = w.get(target).body;
    CHECK(first["status"] == "completed");
    CHECK(first["request_counts"] == json{{"total", 3}, {"completed", 2}, {"failed", 1}});
    CHECK(first["output_file_id"].is_null());
    const json second = w.get(target).body;
    CHECK(second["error_file_id"].is_null());
    const std::string output = second["output_file_id"];
    const auto lines = read_lines(w.get("/plain/v1/files/" + output + "/content").file);
    REQUIRE(lines.size() == 3);
    for (const auto &line : lines) {
        const bool failed = line["custom_id"] == "bad";
        CHECK(line["response"]["status_code"] == (failed ? 400 : 200));
        CHECK(line["response"]["body"].is_string() == !failed);
    }
    CHECK(w.get("/plain/v1/batches").status == 404);
    CHECK(w.post("/plain/v1/chat/completions", {{"model", "m"}, {"mirostat", 2}, {"messages", bad["body"]["messages"]}})
              .status == 200);
}
