#include "catch.hpp"
#include "sim_world.hpp"

using namespace smelt::sim;
using namespace sim_test;

namespace {

struct faulty_world : world {
    explicit faulty_world(const json &faults) { REQUIRE(post("/sim/faults", faults).status == 200); }
    answer ask(const std::string &client_id = "id") {
        return send("POST", chat_path, request("any", some_text(1))["body"].dump(),
                    {{"x-client-request-id", client_id}});
    }
    json message(const std::string &client_id = "id") { return ask(client_id).body["choices"][0]; }
    json count(const char *name) { return get("/sim/counters").body[name]; }
};

} // namespace

TEST_CASE("faults of calls strike synchronous ones, too") {
    faulty_world w{json::array({{{"on", "answer"}, {"status", 503}, {"retry_after", "7"}, {"code", "busy"}},
                                {{"on", "answer"}, {"drop_before", true}},
                                {{"on", "answer"}, {"drop_after", true}},
                                {{"on", "answer"}, {"cut_after", 10}},
                                {{"on", "*"}, {"status", 500}, {"match", "chat"}}})};
    const auto refused = w.ask();
    CHECK(refused.status == 503);
    CHECK(refused.body["error"]["code"] == "busy");
    CHECK(field(refused, "Retry-After") == "7");
    REQUIRE_THROWS_AS(w.ask(), http::drop_connection);
    CHECK(w.count("answers") == 0);
    REQUIRE_THROWS_AS(w.ask(), http::drop_connection);
    CHECK(w.count("answers") == 1);
    CHECK(w.ask().status == 200);
    CHECK(w.ask().status == 500);
    CHECK(w.ask().status == 200);
    CHECK(w.count("answers") == 3);
    CHECK(w.count("answer_duplicates") == 2);
    CHECK(w.count("faults_struck")["answer"] == 5);
}

TEST_CASE("a fault may be meant for the request of one client id") {
    faulty_world w{{{"on", "answer"}, {"status", 400}, {"match", "poison"}, {"count", 9}}};
    CHECK(w.ask("good").status == 200);
    CHECK(w.ask("poison").status == 400);
}

TEST_CASE("switches of single lines corrupt synchronous answers") {
    faulty_world w{json::array({{{"on", "answer"}, {"refuse_lines", 1}},
                                {{"on", "answer"}, {"length_lines", 1}},
                                {{"on", "answer"}, {"bad_escape_lines", 1}},
                                {{"on", "answer"}, {"extra_fields", true}}})};
    CHECK_FALSE(w.message()["message"]["refusal"].is_null());
    CHECK(w.message()["finish_reason"] == "length");
    CHECK(w.ask().body.is_discarded());
    CHECK(w.ask().body.contains("x_unheard_of"));
    CHECK(w.message()["finish_reason"] == "stop");
    CHECK(w.post("/sim/faults", {{"on", "create"}, {"refuse_lines", 1}}).status == 400);
}

TEST_CASE("recorded answers come in their order, and errors among them are the call's own") {
    world w;
    write_file(w.folder.path / "replay.jsonl", R"({"match":"number 1 ","answer":{"word":"first"}}
{"match":"number 1 ","answer":{"word":"second"}}
{"match":"number 1 ","status_code":429,"error":{"code":"slow","message":"slow down"}}
{"match":"number 1 ","error":"nothing came"}
)");
    w.settings.replay = w.folder.path / "replay.jsonl";
    w.start();
    const auto ask = [&] { return w.post(chat_path, request("any", some_text(1))["body"]); };
    const auto text = [](const answer &a) { return a.body["choices"][0]["message"]["content"].get<std::string>(); };
    CHECK_THAT(text(ask()), SMELT_CONTAINS("first"));
    w.start();
    CHECK_THAT(text(ask()), SMELT_CONTAINS("second"));
    const auto slow = ask();
    CHECK(slow.status == 429);
    CHECK(slow.body["error"]["code"] == "slow");
    CHECK(ask().status == 500);
    CHECK(w.get("/sim/counters").body["answers"] == 2);
}
