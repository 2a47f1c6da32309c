#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

const std::string files = "/mistral/v1/files";
const std::string jobs = "/mistral/v1/batch/jobs";

std::string problem(const char *component, const json &body) {
    static const openapi_check check{SMELT_SOURCE_DIR "/tests/data/mistral-batch.json"};
    return check.problem(component, body);
}

json line(int i, const std::string &id_prefix = "id-") {
    json body = request("", some_text(i))["body"];
    body.erase("model");
    return {{"custom_id", id_prefix + std::to_string(i)}, {"body", body}};
}

std::string lines(int count, const std::string &id_prefix = "id-") {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += line(i, id_prefix).dump() + "\n";
    return text;
}

struct mistral_world : world {
    std::string file(const std::string &content) { return upload(content, "in.jsonl", "batch", files).body["id"]; }
    answer job(const json &extra) {
        json body = {{"endpoint", "/v1/chat/completions"}, {"model", "mistral-small-latest"}};
        body.update(extra);
        return post(jobs, body);
    }
    json done(const std::string &id, const std::string &query = "") {
        return until(jobs + "/" + id + query, [](const json &shown) {
            const auto status = shown.value("status", "");
            return status != "QUEUED" && status != "RUNNING" && status != "CANCELLATION_REQUESTED";
        });
    }
    json finished(const std::string &content, const json &faults = nullptr) {
        if (!faults.is_null())
            REQUIRE(post("/sim/faults", faults).status == 200);
        return done(job({{"input_files", {file(content)}}}).body["id"]);
    }
    std::vector<json> content(const json &id) {
        return read_lines(get(files + "/" + id.get<std::string>() + "/content").file);
    }
};

} // namespace

TEST_CASE("Mistral: every endpoint answers in the published schema") {
    mistral_world w;
    const auto uploaded = w.upload(lines(5), "in.jsonl", "batch", files);
    REQUIRE(uploaded.status == 200);
    CHECK(problem("UploadFileOut", uploaded.body) == "");
    const std::string file = uploaded.body["id"];
    CHECK(problem("RetrieveFileOut", w.get(files + "/" + file).body) == "");
    const auto created = w.job({{"input_files", {file}}, {"metadata", {{"smelt_nonce", "n"}}}, {"timeout_hours", 24}});
    REQUIRE(created.status == 200);
    CHECK(problem("BatchJobOut", created.body) == "");
    CHECK(created.body["status"] == "QUEUED");
    const json ended = w.done(created.body["id"]);
    CHECK(problem("BatchJobOut", ended) == "");
    CHECK(ended["status"] == "SUCCESS");
    CHECK(ended["succeeded_requests"] == 5);
    CHECK(ended["errors"] == json::array());
    CHECK(ended["error_file"].is_null());
    CHECK(ended["metadata"]["smelt_nonce"] == "n");
    CHECK(problem("ListFilesOut", w.get(files).body) == "");
    CHECK(w.get(files + "?sample_type=batch_result").body["total"] == 1);
    CHECK(w.get("/v1/files").body["data"].empty());
    CHECK(problem("BatchJobsOut", w.get(jobs).body) == "");
    const auto deleted = w.send("DELETE", files + "/" + file);
    CHECK(problem("DeleteFileOut", deleted.body) == "");
    CHECK(w.get(files + "/" + file).status == 404);
    CHECK(w.send("DELETE", jobs + "/" + ended["id"].get<std::string>()).body["deleted"] == true);
    CHECK(w.get(jobs + "/" + ended["id"].get<std::string>()).status == 404);
    CHECK(w.get("/sim/counters").body["batches_created"] == 1);
}

TEST_CASE("Mistral: result lines are its own") {
    mistral_world w;
    const json ended = w.finished(lines(6), {{"refuse_lines", 1}, {"length_lines", 1}});
    const auto results = w.content(ended["output_file"]);
    REQUIRE(results.size() == 6);
    for (const auto &result : results) {
        const json &body = result["response"]["body"];
        CHECK_FALSE(result["response"].contains("request_id"));
        CHECK_FALSE(body["choices"][0]["message"].contains("refusal"));
        CHECK(problem("ChatCompletionChoice", body["choices"][0]) == "");
        CHECK(problem("UsageInfo", body["usage"]) == "");
        CHECK(body["model"] == "mistral-small-latest");
    }
    CHECK(std::count_if(results.begin(), results.end(), answer_is_valid) == 4);
}

TEST_CASE("Mistral: a job that succeeds can have an error file, of either form") {
    mistral_world w;
    const json ended = w.finished(lines(4), {{"error_lines", 2}});
    CHECK(ended["status"] == "SUCCESS");
    CHECK(ended["failed_requests"] == 2);
    CHECK(w.content(ended["output_file"]).size() == 2);
    const json error = w.content(ended["error_file"]).at(0);
    CHECK(error["response"]["status_code"] == 400);
    CHECK(error["response"]["body"]["object"] == "error");
    const json other = w.finished(lines(4), {{"error_lines", 1}, {"plain_error_lines", true}});
    const json plain = w.content(other["error_file"]).at(0);
    CHECK(plain.size() == 2);
    CHECK(plain["error"].is_string());
    json streaming = line(0);
    streaming["body"]["stream"] = true;
    CHECK(w.finished(streaming.dump())["failed_requests"] == 1);
}

TEST_CASE("Mistral: a bad input file fails the job, equal errors are counted") {
    mistral_world w;
    const json failed = w.finished("{}\nnot json\n[]\n");
    CHECK(failed["status"] == "FAILED");
    CHECK(problem("BatchJobOut", failed) == "");
    std::int64_t count = 0;
    for (const auto &error : failed["errors"])
        count += error["count"].get<std::int64_t>();
    CHECK(failed["errors"].size() == 2);
    CHECK(count == 3);
    CHECK(w.finished(lines(1), {{"fail_code", "token_limit_exceeded"}})["status"] == "FAILED");
    json other = line(0);
    other["body"]["model"] = "another";
    CHECK(w.finished(other.dump())["status"] == "FAILED");
}

TEST_CASE("Mistral: creates that are refused") {
    mistral_world w;
    const std::string file = w.file(lines(1));
    const auto refused = [&](const json &extra) {
        const auto a = w.job(extra);
        CHECK(problem("HTTPValidationError", a.body) == "");
        CHECK(a.body.contains("detail"));
        return a.status;
    };
    const json input = {{"input_files", {file}}};
    const auto with = [&](const json &extra) {
        json all = input;
        all.update(extra);
        return refused(all);
    };
    CHECK(refused(json::object()) == 422);
    CHECK(with({{"endpoint", "/v1/unknown"}}) == 422);
    CHECK(with({{"requests", json::array({line(0)})}}) == 422);
    CHECK(with({{"metadata", {{std::string(33, 'k'), "v"}}}}) == 422);
    CHECK(with({{"metadata", {{"", "v"}}}}) == 422);
    CHECK(with({{"metadata", {{"k", ""}}}}) == 422);
    CHECK(with({{"metadata", {{"k", 1}}}}) == 422);
    CHECK(with({{"timeout_hours", 168}}) == 422);
    CHECK(with({{"completion_window", "24h"}}) == 422);
    CHECK(w.send("POST", jobs, "{").status == 422);
    CHECK(w.post(jobs, {{"input_files", {file}}}).body["detail"][0]["loc"] == json({"body", "endpoint"}));
    const auto missing = w.job({{"input_files", {"00000000-0000-4000-8000-000000000000"}}});
    CHECK(missing.status == 404);
    CHECK(missing.body["object"] == "error");
    CHECK(w.get(jobs).body["total"] == 0);
}

TEST_CASE("Mistral: requests and results within the calls") {
    mistral_world w;
    json requests = json::array();
    for (int i = 0; i < 40; ++i)
        requests.push_back(line(i));
    const auto created = w.send(
        "POST", jobs,
        json{{"endpoint", "/v1/chat/completions"}, {"model", "m"}, {"requests", requests}, {"metadata", nullptr}}.dump(
            2));
    REQUIRE(created.status == 200);
    CHECK(created.body["input_files"] == json::array());
    const std::string id = created.body["id"];
    CHECK(w.get(jobs + "/" + id + "?inline=true").body["outputs"].is_null());
    const json ended = w.done(id, "?inline=true");
    CHECK(problem("BatchJobOut", ended) == "");
    REQUIRE(ended["outputs"].size() == 40);
    CHECK(answer_is_valid(ended["outputs"][0]));
    CHECK(w.get(jobs + "/" + id).body["outputs"].is_null());
    const json two = w.done(w.job({{"input_files", {w.file(lines(2, "a-")), w.file(lines(3, "b-"))}}}).body["id"]);
    CHECK(two["succeeded_requests"] == 5);
}

TEST_CASE("Mistral: what timed out or was cancelled keeps its part, if not told otherwise") {
    mistral_world w;
    const json late = w.finished(lines(4), {{"expire_after_fraction", 0.5}});
    CHECK(late["status"] == "TIMEOUT_EXCEEDED");
    CHECK(late["completed_requests"] == 2);
    CHECK(w.content(late["output_file"]).size() == 2);
    const json none = w.finished(lines(4), {{"expire_after_fraction", 0.5}, {"partial_results", false}});
    CHECK(none["output_file"].is_null());
    const std::string id = w.job({{"input_files", {w.file(lines(100))}}}).body["id"];
    w.made(104 + 4); // and the others
    w.now += 450;
    CHECK(w.get(jobs + "/" + id).body["status"] == "RUNNING");
    CHECK(w.send("POST", jobs + "/" + id + "/cancel").body["status"] == "CANCELLATION_REQUESTED");
    const json cancelled = w.done(id);
    CHECK(cancelled["status"] == "CANCELLED");
    CHECK(cancelled["succeeded_requests"] == 50);
    CHECK(w.send("POST", jobs + "/" + late["id"].get<std::string>() + "/cancel").status == 409);
}

TEST_CASE("Mistral: listings have pages and filters") {
    mistral_world w;
    const std::string file = w.file(lines(1));
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.insert(ids.begin(), w.job({{"input_files", {file}}, {"model", "m" + std::to_string(i)}}).body["id"]);
        w.now += 1000;
    }
    std::vector<std::string> seen;
    for (const char *page : {"0", "1", "2"}) {
        const json listing = w.get(jobs + "?page_size=2&page=" + page).body;
        for (const auto &job : listing["data"])
            seen.push_back(job["id"]);
    }
    CHECK(seen == ids);
    CHECK(w.get(jobs + "?order_by=created").body["data"][0]["id"] == ids.back());
    CHECK(w.get(jobs + "?model=m3").body["total"] == 1);
    CHECK(w.get(jobs + "?created_after=2027-01-15T08:00:02Z").body["total"] == 2);
    CHECK(w.get(jobs + "?status=FAILED").body["total"] == 0);
    CHECK(w.get(jobs + "?page=x").status == 422);
    CHECK(w.get(jobs + "?created_after=yesterday").status == 422);
}

TEST_CASE("Mistral: keys, errors, faults and restarts") {
    mistral_world w;
    const std::string id =
        w.job({{"input_files", {w.file(lines(3))}}, {"metadata", {{"smelt_nonce", "n"}}}}).body["id"];
    w.settings.key = "right";
    w.start();
    const auto unauthorized = w.get(jobs);
    CHECK(unauthorized.status == 401);
    CHECK(unauthorized.body["type"] == "authentication_error");
    CHECK_FALSE(field(unauthorized, "mistral-correlation-id").empty());
    w.settings.key.clear();
    w.start();
    CHECK(w.done(id)["succeeded_requests"] == 3);
    CHECK(w.get("/sim/counters").body["distinct_nonces"] == 1);
    w.post("/sim/faults", {{"on", "get"}, {"status", 429}, {"retry_after", "3"}});
    const auto busy = w.get(jobs + "/" + id);
    CHECK(busy.body["type"] == "rate_limit_error");
    CHECK(field(busy, "Retry-After") == "3");
    CHECK(w.get("/mistral/v1/nothing").body["object"] == "error");
}
