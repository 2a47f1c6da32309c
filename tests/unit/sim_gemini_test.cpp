#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

const std::string create_path = "/v1beta/models/gemini-2.5-flash:batchGenerateContent";
const std::string origin = "http://sim.test:8090";

json content(int i, bool camel = true) {
    const json schema = {
        {"type", "OBJECT"},
        {"required", {"word"}},
        {"properties", {{"word", {{"type", "STRING"}}}, {"year", {{"type", "INTEGER"}, {"nullable", true}}}}}};
    const json messages = json::array({{{"role", "user"}, {"parts", json::array({{{"text", some_text(i)}}})}}});
    if (camel)
        return {{"contents", messages},
                {"generationConfig", {{"responseMimeType", "application/json"}, {"responseSchema", schema}}}};
    return {{"contents", messages},
            {"generation_config", {{"response_mime_type", "application/json"}, {"response_schema", schema}}}};
}

std::string keyed_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += json{{"key", "row-" + std::to_string(i)}, {"request", content(i, i % 2 == 0)}}.dump() + "\n";
    return text;
}

bool is_done(const json &operation) {
    return operation.value("done", false);
}

struct gemini_world : world {
    answer begin_upload(std::size_t size) {
        return send("POST", "/upload/v1beta/files", R"({"file":{"display_name":"in"}})",
                    {{"host", "sim.test:8090"},
                     {"x-goog-upload-protocol", "resumable"},
                     {"x-goog-upload-command", "start"},
                     {"x-goog-upload-header-content-length", std::to_string(size)},
                     {"x-goog-upload-header-content-type", "application/jsonl"}});
    }
    answer send_bytes(const std::string &url, const std::string &bytes, std::size_t offset = 0,
                      const std::string &command = "upload, finalize") {
        return send("POST", url.substr(origin.size()), bytes,
                    {{"x-goog-upload-offset", std::to_string(offset)}, {"x-goog-upload-command", command}});
    }
    std::string file(const std::string &bytes) {
        const auto url = field(begin_upload(bytes.size()), "x-goog-upload-url");
        return send_bytes(url, bytes).body["file"]["name"];
    }
    answer create(const json &config, const std::string &name = "r1") {
        return post(create_path, {{"batch", {{"displayName", name}, {"inputConfig", config}}}});
    }
    json ended(const json &operation) { return until("/v1beta/" + operation["name"].get<std::string>(), is_done); }
    json finished(const std::string &bytes, const json &faults = nullptr) {
        if (!faults.is_null())
            REQUIRE(post("/sim/faults", faults).status == 200);
        return ended(create({{"fileName", file(bytes)}}).body);
    }
    std::vector<json> results(const json &operation) {
        const std::string name = operation["response"]["responsesFile"];
        const auto got = get("/download/v1beta/" + name + ":download?alt=media");
        REQUIRE(got.status == 200);
        return read_lines(got.file);
    }
    /// Of the one line of a batch whose request is this.
    json result_of(const json &request) {
        return results(finished(json{{"key", "one"}, {"request", request}}.dump())).at(0);
    }
};

json inlined(int count) {
    json list = json::array();
    for (int i = 0; i < count; ++i)
        list.push_back({{"request", content(i)}, {"metadata", {{"key", "row-" + std::to_string(i)}}}});
    return {{"requests", {{"requests", list}}}};
}

json state_of(const json &operation) {
    return operation["metadata"]["state"];
}

} // namespace

TEST_CASE("Gemini: an upload has two steps and goes where the first one says") {
    gemini_world w;
    const auto first = w.begin_upload(20);
    REQUIRE(first.status == 200);
    const std::string url = field(first, "x-goog-upload-url");
    CHECK(url.starts_with(origin + "/upload/v1beta/files?upload_id="));
    CHECK(w.send_bytes(url, "0123456789", 0, "upload").status == 200);
    CHECK(w.send_bytes(url, "0123456789", 7).status == 400);
    const auto second = w.send_bytes(url, "0123456789", 10);
    REQUIRE(second.status == 200);
    const json file = second.body["file"];
    CHECK(file["sizeBytes"] == "20");
    CHECK(file["displayName"] == "in");
    CHECK(file["mimeType"] == "application/jsonl");
    const std::string name = file["name"];
    CHECK(name.starts_with("files/"));
    CHECK(w.get("/v1beta/" + name).body["state"] == "ACTIVE");
    CHECK(w.get("/v1beta/files").body["files"].size() == 1);
    CHECK(w.send_bytes(url, "x").status == 404);
    CHECK(w.send_bytes(field(w.begin_upload(5), "x-goog-upload-url"), "x").status == 400);
    CHECK(w.send("DELETE", "/v1beta/" + name).body == json::object());
    CHECK(w.get("/v1beta/" + name).status == 404);
    CHECK(w.send("POST", "/upload/v1beta/files", "bytes").status == 400);
    w.now += std::int64_t{48} * 3600 * 1000;
    CHECK(w.get("/v1beta/files").body == json::object());
}

TEST_CASE("Gemini: a batch of a file from create to results") {
    gemini_world w;
    const auto created = w.create({{"fileName", w.file(keyed_lines(20))}});
    REQUIRE(created.status == 200);
    CHECK(state_of(created.body) == "BATCH_STATE_PENDING");
    CHECK_FALSE(created.body.contains("done"));
    CHECK(created.body["metadata"]["displayName"] == "r1");
    CHECK(created.body["metadata"]["createTime"] == "2027-01-15T08:00:00.000650525Z");
    const json ended = w.ended(created.body);
    CHECK(state_of(ended) == "BATCH_STATE_SUCCEEDED");
    CHECK(ended["metadata"]["model"] == "models/gemini-2.5-flash");
    CHECK(ended["metadata"]["batchStats"] == json{{"requestCount", "20"}, {"successfulRequestCount", "20"}});
    CHECK(ended["metadata"]["output"] == ended["response"]);
    const auto results = w.results(ended);
    REQUIRE(results.size() == 20);
    for (const auto &line : results) {
        CHECK(line["key"].is_string());
        const json &response = line["response"];
        CHECK(response["modelVersion"] == "gemini-2.5-flash");
        CHECK(response["candidates"][0]["finishReason"] == "STOP");
        CHECK(response["usageMetadata"]["totalTokenCount"].is_number_integer());
        const json answer = json::parse(response["candidates"][0]["content"]["parts"][0]["text"].get<std::string>());
        CHECK(answer["word"].is_string());
    }
    CHECK(w.get("/v1/files").body["data"].empty());
    CHECK(w.get("/v1beta/files").body["files"].size() == 2);
}

TEST_CASE("Gemini: requests and results within the calls") {
    gemini_world w;
    const auto created = w.send(
        "POST", create_path,
        json{{"batch", {{"display_name", "r1"}, {"input_config", inlined(12)}}}}.dump(2)); // line ends do no harm
    REQUIRE(created.status == 200);
    CHECK(created.body["metadata"]["batchStats"] == json{{"requestCount", "12"}, {"pendingRequestCount", "12"}});
    const json ended = w.ended(created.body);
    const json items = ended["response"]["inlinedResponses"]["inlinedResponses"];
    REQUIRE(items.size() == 12);
    for (const auto &item : items) {
        CHECK(item["metadata"]["key"].get<std::string>().starts_with("row-"));
        CHECK(item["response"]["candidates"].size() == 1);
        CHECK_FALSE(item.contains("key"));
    }
    CHECK(w.get("/v1beta/files").body == json::object());
    w.post("/sim/faults", {{"omit_metadata", true}, {"output_in_metadata", true}, {"job_states", true}});
    const json odd = w.ended(w.create(inlined(1)).body);
    CHECK(state_of(odd) == "JOB_STATE_SUCCEEDED");
    CHECK_FALSE(odd.contains("response"));
    CHECK_FALSE(odd["metadata"]["output"]["inlinedResponses"]["inlinedResponses"][0].contains("metadata"));
    CHECK(w.post(create_path, {{"batch", {{"inputConfig", inlined(0)}}}}).status == 400);
    CHECK(w.send("POST", create_path, std::string(20'000'001, ' ')).status == 400);
}

TEST_CASE("Gemini: creates that are refused") {
    gemini_world w;
    const auto refused = [&](const json &body) {
        const auto a = w.post(create_path, body);
        CHECK(a.body["error"]["code"] == a.status);
        return a.body["error"]["status"].get<std::string>();
    };
    CHECK(refused(json::object()) == "INVALID_ARGUMENT");
    CHECK(refused({{"batch", json::object()}}) == "INVALID_ARGUMENT");
    CHECK(refused({{"batch", {{"metadata", json::object()}, {"inputConfig", inlined(1)}}}}) == "INVALID_ARGUMENT");
    CHECK(refused({{"requests", json::array()}}) == "INVALID_ARGUMENT");
    CHECK(refused({{"batch", {{"inputConfig", {{"fileName", "files/none"}}}}}}) == "NOT_FOUND");
    CHECK(w.send("POST", create_path, "{").status == 400);
    CHECK(w.get("/v1beta/batches").body == json::object());
    CHECK(w.get("/v1beta/nothing").body["error"]["status"] == "NOT_FOUND");
    w.settings.key = "right";
    w.start();
    const auto error = w.get("/v1beta/batches").body["error"];
    CHECK(error["status"] == "INVALID_ARGUMENT");
    CHECK(error["details"][0]["reason"] == "API_KEY_INVALID");
    CHECK(w.send("GET", "/v1beta/batches", "", {{"x-goog-api-key", "right"}}).status == 200);
    CHECK(w.get("/v1beta/batches?key=right").status == 200);
}

TEST_CASE("Gemini: what is wrong with one request is its own error") {
    gemini_world w;
    const auto error = [&](const json &request) {
        const json line = w.result_of(request);
        CHECK(line["key"] == "one");
        CHECK(line["error"]["code"] == 400);
        CHECK(line["error"]["status"] == "INVALID_ARGUMENT");
        return line["error"]["message"].get<std::string>();
    };
    json one = content(0);
    one["messages"] = json::array();
    CHECK_THAT(error(one), SMELT_CONTAINS("messages"));
    CHECK_THAT(error({{"generationConfig", json::object()}}), SMELT_CONTAINS("contents"));
    one = content(0);
    one["generationConfig"].erase("responseMimeType");
    CHECK_THAT(error(one), SMELT_CONTAINS("response_mime_type"));
    one = content(0);
    one["generationConfig"]["responseSchema"]["additionalProperties"] = false;
    CHECK_THAT(error(one), SMELT_CONTAINS("additionalProperties"));
    one["generationConfig"]["responseSchema"].erase("additionalProperties");
    one["generationConfig"]["responseSchema"]["type"] = {"object", "null"};
    CHECK_THAT(error(one), SMELT_CONTAINS("type"));
    one["generationConfig"].erase("responseSchema");
    one["generationConfig"]["responseJsonSchema"] = row_schema;
    CHECK(w.result_of(one).contains("response"));
    w.post("/sim/faults", {{"error_lines", 1}, {"rpc_codes", true}});
    const json line = w.result_of(content(0));
    CHECK(line["error"]["code"] == 3);
    CHECK_FALSE(line["error"].contains("status"));
}

TEST_CASE("Gemini: refusals and answers cut short") {
    gemini_world w;
    const json ended = w.finished(keyed_lines(3), {{"refuse_lines", 1}, {"length_lines", 1}});
    std::vector<std::string> reasons;
    for (const auto &line : w.results(ended)) {
        const json &candidate = line["response"]["candidates"][0];
        reasons.push_back(candidate["finishReason"]);
        CHECK(candidate.contains("content") == (reasons.back() != "SAFETY"));
    }
    std::sort(reasons.begin(), reasons.end());
    CHECK(reasons == std::vector<std::string>{"MAX_TOKENS", "SAFETY", "STOP"});
}

TEST_CASE("Gemini: failed, expired and cancelled batches end with an error and without results") {
    gemini_world w;
    const json failed = w.finished("not json\n");
    CHECK(state_of(failed) == "BATCH_STATE_FAILED");
    CHECK(failed["error"]["code"] == 3);
    CHECK_FALSE(failed.contains("response"));
    const json full = w.finished(keyed_lines(1), {{"fail_code", "RESOURCE_EXHAUSTED"}});
    CHECK(full["error"]["code"] == 8);
    const json expired = w.finished(keyed_lines(4), {{"expire_after_fraction", 0.5}});
    CHECK(state_of(expired) == "BATCH_STATE_EXPIRED");
    CHECK_FALSE(expired.contains("response"));
    CHECK(w.get("/sim/counters").body["requests_billed"] == 0);
    const json partial = w.finished(keyed_lines(4), {{"expire_after_fraction", 0.5}, {"partial_results", true}});
    CHECK(w.results(partial).size() == 2);
    const json running = w.create({{"fileName", w.file(keyed_lines(4))}}).body;
    const std::string path = "/v1beta/" + running["name"].get<std::string>();
    CHECK(w.send("POST", path + ":cancel").body == json::object());
    const json cancelled = w.ended(running);
    CHECK(state_of(cancelled) == "BATCH_STATE_CANCELLED");
    CHECK(cancelled["error"]["code"] == 1);
    CHECK(w.send("POST", path + ":cancel").body["error"]["status"] == "FAILED_PRECONDITION");
    CHECK(w.send("DELETE", path).status == 200);
    CHECK(w.get(path).status == 404);
}

TEST_CASE("Gemini: listings are paged, and a restart goes on") {
    gemini_world w;
    const std::string file = w.file(keyed_lines(2));
    std::vector<json> names;
    for (int i = 0; i < 5; ++i)
        names.insert(names.begin(), w.create({{"fileName", file}}, "r" + std::to_string(i)).body["name"]);
    std::vector<json> seen;
    std::string token;
    for (int pages = 0; pages < 3; ++pages) {
        const json page = w.get("/v1beta/batches?pageSize=2&pageToken=" + token).body;
        for (const auto &operation : page["operations"])
            seen.push_back(operation["name"]);
        token = page.value("nextPageToken", "");
    }
    CHECK(seen == names);
    CHECK(token.empty());
    CHECK(w.get("/v1beta/batches?pageToken=none").status == 400);
    w.start();
    CHECK(state_of(w.ended({{"name", names[0]}})) == "BATCH_STATE_SUCCEEDED");
    w.create({{"fileName", file}}, "r0");
    CHECK(w.get("/sim/counters").body["duplicates"] == json{{"r0", 2}});
    w.post("/sim/faults", {{"on", "upload"}, {"status", 503}});
    CHECK(w.begin_upload(1).body["error"]["status"] == "UNAVAILABLE");
}

TEST_CASE(
    "Gemini: the key's header tells calls of v1 from OpenAI's, and a file has its bytes below its own name, too") {
    gemini_world w;
    const auto of_google = http::headers{{"x-goog-api-key", "k"}};
    CHECK_FALSE(w.send("GET", "/v1/batches", "", of_google).body.contains("object"));
    CHECK(w.send("GET", "/v1/batches", "").body["object"] == "list");
    const auto operation = w.finished(json{{"key", "one"}, {"request", content(1)}}.dump());
    const std::string name = operation["response"]["responsesFile"];
    const auto got = w.send("GET", "/v1/" + name + ":download?alt=media", "", of_google);
    CHECK(got.status == 200);
    CHECK(read_lines(got.file).size() == 1);
}

TEST_CASE("Gemini: inline results come in the order of their requests") {
    gemini_world w;
    const json done = w.ended(w.create(inlined(9)).body);
    const json items = done["response"]["inlinedResponses"]["inlinedResponses"];
    REQUIRE(items.size() == 9);
    for (std::size_t i = 0; i < 9; ++i)
        CHECK(items[i]["metadata"]["key"] == "row-" + std::to_string(i));
}

TEST_CASE("Gemini: generationConfig and contents are checked by name, type and range") {
    gemini_world w;
    const auto problem = [&](const json &request) {
        return w.result_of(request).value("error", json::object()).value("message", "");
    };
    const auto with = [](const char *name, const json &value) {
        json request = content(1);
        request["generationConfig"][name] = value;
        return request;
    };
    CHECK(problem(with("temperature", 2)) == "");
    CHECK_THAT(problem(with("temperature", 9)), SMELT_CONTAINS("generation_config.temperature"));
    CHECK_THAT(problem(with("maxOutputTokens", "many")), SMELT_CONTAINS("generation_config.maxOutputTokens"));
    json odd = content(1);
    odd["contents"][0]["name"] = "x";
    CHECK_THAT(problem(odd), SMELT_CONTAINS("Unknown name \"name\""));
}
