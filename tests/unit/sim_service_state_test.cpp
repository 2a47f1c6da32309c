#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

TEST_CASE("a batch that is cancelled halfway keeps half of its results, billed once") {
    world w;
    const std::string id = w.create(w.upload(input_file(100)).body["id"]).body["id"];
    while (w.get("/sim/counters").body["requests_received"] == 0)
        w.io.run_one_for(std::chrono::milliseconds{5});
    w.now += 450;
    REQUIRE(w.get("/v1/batches/" + id).body["status"] == "in_progress");
    w.send("POST", "/v1/batches/" + id + "/cancel");
    const json ended = w.ended(id);
    CHECK(ended["status"] == "cancelled");
    CHECK(ended["request_counts"]["total"] == 100);
    CHECK(ended["request_counts"]["completed"] == 50);
    const auto content = w.get("/v1/files/" + ended["output_file_id"].get<std::string>() + "/content");
    CHECK(read_lines(content.file).size() == 50);
    CHECK(w.get("/sim/counters").body["requests_billed"] == 50);
    CHECK(w.send("POST", "/v1/batches/" + id + "/cancel").status == 409);
}

TEST_CASE("everything survives a restart, and a batch in hand is finished by the next process") {
    world w;
    const json ended = w.completed(input_file(10));
    const std::string file = w.upload(input_file(20, "again-")).body["id"];
    const std::string id = w.create(file, {{"metadata", {{"smelt_nonce", "n"}}}}).body["id"];
    w.post("/sim/faults", {{"on", "get"}, {"status", 503}, {"count", 3}});
    w.start();
    CHECK(w.get("/sim/faults").body.size() == 1);
    w.send("DELETE", "/sim/faults");
    CHECK(w.ended(id)["request_counts"]["completed"] == 20);
    CHECK(w.get("/v1/batches/" + ended["id"].get<std::string>()).body == ended);
    const auto counters = w.get("/sim/counters").body;
    CHECK(counters["batches_created"] == 2);
    CHECK(counters["requests_billed"] == 30);
    CHECK(counters["files_uploaded"] == 2);
    CHECK(counters["max_batches_per_custom_id"] == 1);
}

TEST_CASE("the counters show what was submitted twice") {
    world w;
    const std::string file = w.upload(input_file(10)).body["id"];
    const json second = {{"metadata", {{"smelt_nonce", "same"}}}};
    w.ended(w.create(file, second).body["id"]);
    CHECK(w.get("/sim/counters").body["duplicates"].empty());
    CHECK(w.get("/sim/counters").body["repeated_custom_ids"] == 0);
    w.ended(w.create(file, second).body["id"]);
    const auto counters = w.get("/sim/counters").body;
    CHECK(counters["distinct_nonces"] == 1);
    CHECK(counters["duplicates"]["same"] == 2);
    CHECK(counters["repeated_custom_ids"] == 10);
    CHECK(counters["max_batches_per_custom_id"] == 2);
    CHECK(counters["requests_billed"] == 20);
}

TEST_CASE("a scripted create can be refused, lost before or lost after it worked") {
    world w;
    const std::string file = w.upload(input_file(1)).body["id"];
    w.post("/sim/faults",
           json::array({{{"on", "create"}, {"status", 429}, {"retry_after", "7"}, {"code", "rate_limit"}},
                        {{"on", "create"}, {"drop_before", true}},
                        {{"on", "create"}, {"drop_after", true}}}));
    const auto refused = w.create(file);
    CHECK(refused.status == 429);
    CHECK(refused.body["error"]["code"] == "rate_limit");
    CHECK(std::find(refused.fields.begin(), refused.fields.end(), http::headers::value_type{"Retry-After", "7"}) !=
          refused.fields.end());
    REQUIRE_THROWS_AS(w.create(file), http::drop_connection);
    CHECK(w.get("/v1/batches").body["data"].empty());
    REQUIRE_THROWS_AS(w.create(file), http::drop_connection);
    CHECK(w.get("/v1/batches").body["data"].size() == 1);
    CHECK(w.create(file).status == 200);
    CHECK(w.post("/sim/faults", {{"on", "create"}, {"statu", 429}}).status == 400);
}

TEST_CASE("scripted batches fail, expire or hide from listings") {
    world w;
    const json full = w.completed(input_file(1), {{"fail_code", "token_limit_exceeded"}});
    CHECK(full["status"] == "failed");
    CHECK(full["errors"]["data"][0]["code"] == "token_limit_exceeded");
    const json late = w.completed(input_file(4), {{"expire_after_fraction", 0.5}});
    CHECK(late["status"] == "expired");
    CHECK_FALSE(late["output_file_id"].is_null());
    CHECK_FALSE(late["error_file_id"].is_null());
    w.post("/sim/faults", {{"list_lag", 60}});
    const std::string hidden = w.create(w.upload(input_file(1)).body["id"]).body["id"];
    CHECK(w.get("/v1/batches").body["data"].size() == 2);
    CHECK(w.get("/v1/batches/" + hidden).status == 200);
    w.now += 61'000;
    CHECK(w.get("/v1/batches").body["data"].size() == 3);
}

TEST_CASE("the enqueued token limit fails batches until others have ended") {
    world w;
    const std::string file = w.upload(input_file(10)).body["id"];
    w.settings.enqueued_token_limit = static_cast<std::int64_t>(input_file(10).size()) / 4 + 10;
    w.start();
    const std::string first = w.create(file).body["id"];
    const std::string second = w.create(file).body["id"];
    CHECK(w.ended(second)["errors"]["data"][0]["code"] == "token_limit_exceeded");
    CHECK(w.ended(first)["status"] == "completed");
    CHECK(w.ended(w.create(file).body["id"])["status"] == "completed");
}
