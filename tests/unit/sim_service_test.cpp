#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

TEST_CASE("the OpenAPI check finds what is wrong") {
    CHECK_THAT(spec().problem("DeleteFileResponse", {{"id", "x"}, {"object", "file"}}), SMELT_CONTAINS("deleted"));
    CHECK_THAT(spec().problem("DeleteFileResponse", {{"id", "x"}, {"object", "batch"}, {"deleted", true}}),
               SMELT_CONTAINS("not one of"));
    CHECK_THAT(
        spec().problem("ListBatchesResponse", {{"object", "list"}, {"has_more", false}, {"data", json::array({1})}}),
        SMELT_CONTAINS("data[]"));
}

TEST_CASE("every endpoint answers in the published schema") {
    world w;
    const auto check = [&](const char *component, const json &body) {
        INFO(body.dump());
        CHECK(spec().problem(component, body) == "");
    };
    check("ListFilesResponse", w.get("/v1/files").body);
    check("ListBatchesResponse", w.get("/v1/batches").body);
    const auto uploaded = w.upload(input_file(5));
    REQUIRE(uploaded.status == 200);
    check("OpenAIFile", uploaded.body);
    const std::string file = uploaded.body["id"];
    check("OpenAIFile", w.get("/v1/files/" + file).body);
    const json metadata = {{"metadata", {{"smelt_nonce", "n1"}}}};
    const auto created = w.create(file, metadata);
    REQUIRE(created.status == 200);
    check("Batch", created.body);
    CHECK(created.body["status"] == "validating");
    CHECK(created.body["metadata"]["smelt_nonce"] == "n1");
    const json ended = w.ended(created.body["id"]);
    check("Batch", ended);
    REQUIRE(ended["status"] == "completed");
    check("ListFilesResponse", w.get("/v1/files").body);
    check("ListBatchesResponse", w.get("/v1/batches").body);
    const json failed = w.completed("{}\n[]\n");
    CHECK(failed["errors"]["data"].size() == 2);
    check("Batch", failed);
    const auto cancelling = w.create(file);
    const auto cancelled = w.send("POST", "/v1/batches/" + cancelling.body["id"].get<std::string>() + "/cancel");
    CHECK(cancelled.body["status"] == "cancelling");
    check("Batch", cancelled.body);
    CHECK(w.ended(cancelling.body["id"])["status"] == "cancelled");
    check("ErrorResponse", w.get("/v1/batches/none").body);
    const auto deleted = w.send("DELETE", "/v1/files/" + file);
    check("DeleteFileResponse", deleted.body);
    CHECK(w.get("/v1/files/" + file).status == 404);
}

TEST_CASE("answers' bodies are in the published schema") {
    world w;
    json by_responses = request("r", some_text(1));
    by_responses["url"] = "/v1/responses";
    by_responses["body"] = {
        {"model", "m"},
        {"input", json::array({{{"role", "user"}, {"content", some_text(1)}}})},
        {"text", {{"format", {{"type", "json_schema"}, {"name", "row"}, {"strict", true}, {"schema", row_schema}}}}}};
    const auto body_of = [&](const json &batch) {
        const auto content = w.get("/v1/files/" + batch["output_file_id"].get<std::string>() + "/content");
        REQUIRE(content.status == 200);
        return read_lines(content.file).at(0)["response"]["body"];
    };
    const json chat = body_of(w.completed(input_file(1)));
    CHECK(spec().problem("CreateChatCompletionResponse", chat) == "");
    const json refused = body_of(w.completed(input_file(1), {{"refuse_lines", 1}}));
    CHECK(spec().problem("CreateChatCompletionResponse", refused) == "");
    const std::string file = w.upload(by_responses.dump()).body["id"];
    const json text = body_of(w.ended(w.create(file, {{"endpoint", "/v1/responses"}}).body["id"]));
    CHECK(spec().problem("Response", text) == "");
    CHECK(json::parse(text["output"][0]["content"][0]["text"].get<std::string>()).contains("word"));
    w.post("/sim/faults", {{"refuse_lines", 1}});
    const json no = body_of(w.ended(w.create(file, {{"endpoint", "/v1/responses"}}).body["id"]));
    CHECK(spec().problem("Response", no) == "");
    w.post("/sim/faults", {{"length_lines", 1}});
    const json cut = body_of(w.ended(w.create(file, {{"endpoint", "/v1/responses"}}).body["id"]));
    CHECK(spec().problem("Response", cut) == "");
    CHECK(cut["incomplete_details"]["reason"] == "max_output_tokens");
}

TEST_CASE("uploads that the service refuses") {
    world w;
    CHECK_THAT(error_of(w.upload("{}", "in.json")), SMELT_CONTAINS("Must be .jsonl"));
    CHECK_THAT(error_of(w.upload("")), SMELT_CONTAINS("jsonl"));
    CHECK_THAT(error_of(w.upload("not json\n{}")), SMELT_CONTAINS("jsonl"));
    CHECK_THAT(error_of(w.upload("{}", "in.jsonl", "something")), SMELT_CONTAINS("something"));
    CHECK(w.upload("{}\nnot json").status == 200);
    CHECK(w.upload("anything", "in.txt", "user_data").status == 200);
    CHECK(w.send("POST", "/v1/files", "x", {{"content-type", "text/plain"}}).status == 400);
    w.settings.bytes_per_file = 10;
    w.start();
    CHECK(w.upload(input_file(5)).status == 413);
    for (const auto &entry : fs::directory_iterator{w.folder.path / "files"})
        CHECK(entry.path().extension() != ".part");
}

TEST_CASE("creates that the service refuses at once, and one that fails later") {
    world w;
    const std::string file = w.upload(input_file(1)).body["id"];
    const auto status = [&](const json &extra) { return w.create(file, extra).status; };
    CHECK(w.send("POST", "/v1/batches", "{").status == 400);
    CHECK(status({{"endpoint", "/v1/unknown"}}) == 400);
    CHECK(status({{"completion_window", "48h"}}) == 400);
    CHECK(status({{"metadata", "text"}}) == 400);
    CHECK(status({{"metadata", {{"k", 1}}}}) == 400);
    CHECK(status({{"metadata", {{std::string(65, 'k'), "v"}}}}) == 400);
    CHECK(status({{"output_expires_after", {{"anchor", "created_at"}, {"seconds", 5}}}}) == 400);
    CHECK(status({{"metadata", nullptr}}) == 200);
    const auto missing = w.create("file-none");
    CHECK(missing.status == 200);
    const json failed = w.ended(missing.body["id"]);
    CHECK(failed["status"] == "failed");
    CHECK(failed["errors"]["data"][0]["code"] == "invalid_request");
    CHECK(failed["errors"]["data"][0]["param"] == "file_id");
    CHECK(failed["errors"]["data"][0]["line"].is_null());
}

TEST_CASE("cancelling an ended batch is a conflict, an unknown one is not found") {
    world w;
    const json ended = w.completed(input_file(1));
    const auto refused = w.send("POST", "/v1/batches/" + ended["id"].get<std::string>() + "/cancel");
    CHECK(refused.status == 409);
    CHECK(error_of(refused) == "Cannot cancel a batch with status 'completed'.");
    CHECK(w.send("POST", "/v1/batches/none/cancel").status == 404);
    const std::string other = w.create(w.upload(input_file(1)).body["id"]).body["id"];
    const std::string cancel = "/v1/batches/" + other + "/cancel";
    CHECK(w.send("POST", cancel).status == 200);
    CHECK(w.send("POST", cancel).body["status"] == "cancelling");
    REQUIRE(w.ended(other)["status"] == "cancelled");
    CHECK(error_of(w.send("POST", cancel)) == "Cannot cancel a batch with status 'cancelled'.");
}

TEST_CASE("listings are paged, newest first") {
    world w;
    const std::string file = w.upload(input_file(1)).body["id"];
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.insert(ids.begin(), w.create(file).body["id"]);
    std::vector<std::string> seen;
    std::string after;
    for (int page = 0; page < 3; ++page) {
        const auto list = w.get("/v1/batches?limit=2" + after).body;
        for (const auto &b : list["data"])
            seen.push_back(b["id"]);
        CHECK(list["has_more"] == (page < 2));
        after = "&after=" + list["last_id"].get<std::string>();
    }
    CHECK(seen == ids);
    CHECK(w.get("/v1/batches?limit=0").status == 400);
    CHECK(w.get("/v1/batches?limit=101").status == 400);
    CHECK(w.get("/v1/files?purpose=vision").body["data"].empty());
    CHECK(w.get("/v1/files?purpose=batch&order=asc&limit=1").body["data"].size() == 1);
}

TEST_CASE("with a key set, others are refused") {
    world w;
    w.settings.key = "right";
    w.start();
    CHECK(w.get("/v1/batches").status == 401);
    CHECK(w.send("GET", "/v1/batches", "", {{"authorization", "Bearer wrong"}}).status == 401);
    CHECK(w.send("GET", "/v1/batches", "", {{"authorization", "Bearer right"}}).status == 200);
    CHECK(w.send("GET", "/v1/batches", "", {{"api-key", "right"}}).status == 401);
    CHECK(w.send("GET", "/openai/v1/batches", "", {{"api-key", "right"}}).status == 200);
}

TEST_CASE("what does not exist is not found") {
    world w;
    for (const char *path : {"/v1/nothing", "/v1/files/..%2f", "/v1/files/a/b/content", "/v1/files//content", "/"})
        CHECK(w.get(path).status == 404);
    CHECK(w.get("/v1/files/../counters/content").status == 404);
    CHECK(w.get("/v1/batches?after=none").status == 404);
}
