#include "catch.hpp"
#include "sim_bench.hpp"
#include "sim_world.hpp"

#include <algorithm>

using namespace smelt::sim;
using namespace sim_test;

namespace {

/// The one answered line of a batch that these faults strike.
json struck_line(const json &faults) {
    bench b;
    b.run("one", input_file(1), faults);
    return b.output("one").at(0);
}

json usage_of(const json &faults) {
    return struck_line(faults)["response"]["body"].value("usage", json("missing"));
}

struct answer_world : world {
    explicit answer_world(const json &faults) { REQUIRE(post("/sim/faults", faults).status == 200); }
    answer ask() {
        return send("POST", chat_path, request("any", some_text(1))["body"].dump(), {{"x-client-request-id", "id"}});
    }
    std::string text() { return ask().body["choices"][0]["message"]["content"]; }
};

} // namespace

TEST_CASE("token counts of single answers may be odd") {
    const auto odd = [](const char *kind) { return usage_of({{"odd_usage_lines", 1}, {"odd_usage", kind}}); };
    CHECK(odd("huge")["prompt_tokens"] == 3'000'000'000);
    CHECK(odd("giant")["total_tokens"] == 1e30);
    CHECK(odd("negative")["completion_tokens"] == -1);
    CHECK(odd("text")["prompt_tokens"].is_string());
    CHECK(odd("null").is_null());
    CHECK(odd("missing") == "missing");
    const json cached = odd("cached");
    CHECK(cached["prompt_tokens_details"]["cached_tokens"] > cached["prompt_tokens"]);
    CHECK(usage_of({{"odd_usage_lines", 0}})["prompt_tokens"].is_number());
}

TEST_CASE("odd token counts reach every dialect's usage") {
    const auto line_of = [](dialect spoken, const json &special, const json &line) {
        bench b;
        batch job;
        job.id = "job";
        job.spoken = spoken;
        job.special = special;
        job.input_file = "in";
        job.faults = {{"odd_usage_lines", 1}};
        write_file(b.paths("job").input, line.dump() + "\n");
        generator maker{b.settings, b.replay, b.ledger, b.stop};
        maker.run(job, b.paths("job"));
        return b.output("job").at(0);
    };
    const json messages = json::array({{{"role", "user"}, {"content", "x"}}});
    const json mistral =
        line_of(dialect::mistral, {{"model", "m"}}, {{"custom_id", "a"}, {"body", {{"messages", messages}}}});
    CHECK(mistral["response"]["body"]["usage"]["prompt_tokens"] == 3'000'000'000);
    const json params = {{"model", "claude"}, {"max_tokens", 5}, {"messages", messages}};
    const json anthropic = line_of(dialect::anthropic, {{"version", "2023-06-01"}, {"total", 1}},
                                   {{"custom_id", "a"}, {"params", params}});
    CHECK(anthropic["result"]["message"]["usage"]["input_tokens"] == 3'000'000'000);
    const json turn = {{"contents", json::array({{{"parts", json::array({{{"text", "x"}}})}}})}};
    const json gemini = line_of(dialect::gemini, {{"model", "g"}, {"total", 1}}, {{"key", "a"}, {"request", turn}});
    CHECK(gemini["response"]["usageMetadata"]["promptTokenCount"] == 3'000'000'000);
}

TEST_CASE("an error line may stand before the answer of the same request") {
    bench b;
    const auto results = b.run("one", input_file(2), {{"error_before_lines", 1}, {"message", "not now"}});
    const auto lines = b.output("one");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["custom_id"] == lines[1]["custom_id"]);
    CHECK(lines[0]["response"]["status_code"] == 500);
    CHECK(lines[0]["response"]["body"]["error"]["message"] == "not now");
    CHECK(answer_is_valid(lines[1]));
    CHECK(results.answered == 2);
}

TEST_CASE("a 200 may hold an error, which nobody pays for") {
    bench b;
    const auto results = b.run("one", input_file(2), {{"error_body_lines", 1}, {"error_code", "slow_down"}});
    const auto lines = b.output("one");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["response"]["status_code"] == 200);
    CHECK(lines[0]["response"]["body"]["error"]["code"] == "slow_down");
    CHECK(results.completed == 2);
    CHECK(results.answered == 1);
    answer_world w{{{"on", "answer"}, {"error_body_lines", 1}, {"error_code", 429}}};
    const auto a = w.ask();
    CHECK(a.status == 200);
    CHECK(a.body["error"]["code"] == 429);
    CHECK(w.get("/sim/counters").body["answers"] == 0);
    CHECK(w.ask().body.contains("choices"));
}

TEST_CASE("a good answer may have an empty error beside it, or a body that is text") {
    const json beside = struck_line({{"empty_error_lines", 1}});
    CHECK(beside["error"] == json::object());
    CHECK(answer_is_valid(beside));
    json text = struck_line({{"text_body_lines", 1}});
    REQUIRE(text["response"]["body"].is_string());
    text["response"]["body"] = json::parse(text["response"]["body"].get<std::string>());
    CHECK(answer_is_valid(text));
}

TEST_CASE("a response may think and comment before it answers") {
    world w;
    json line = request("r", some_text(1));
    line["url"] = "/v1/responses";
    line["body"] = {{"model", "m"}, {"input", some_text(1)}};
    REQUIRE(w.post("/sim/faults", {{"commentary_lines", 1}}).status == 200);
    const std::string file = w.upload(line.dump()).body["id"];
    const json batch = w.ended(w.create(file, {{"endpoint", "/v1/responses"}}).body["id"]);
    const auto content = w.get("/v1/files/" + batch["output_file_id"].get<std::string>() + "/content");
    const json body = read_lines(content.file).at(0)["response"]["body"];
    CHECK(spec().problem("Response", body) == "");
    REQUIRE(body["output"].size() == 4);
    CHECK(body["output"][0]["type"] == "reasoning");
    CHECK(body["output"][1]["phase"] == "commentary");
    CHECK(body["output"][3]["phase"] == "final_answer");
}

TEST_CASE("an answer's text may stand in a wrapping") {
    const auto wrapped = [](const char *kind) {
        return answer_text(struck_line({{"wrapped_lines", 1}, {"wrapping", kind}}));
    };
    const std::string plain = answer_text(struck_line(nullptr));
    CHECK(wrapped("fence") == "```json\n" + plain + "\n```");
    CHECK(wrapped("bom") == "\xef\xbb\xbf" + plain);
    CHECK(wrapped("stop") == plain + "<|im_end|>");
    const std::string thought = wrapped("think");
    CHECK(thought.starts_with("<think>"));
    CHECK(thought.ends_with("</think>\n\n" + plain));
    answer_world w{{{"on", "answer"}, {"wrapped_lines", 1}}};
    CHECK(w.text().starts_with("<think>"));
    CHECK_FALSE(w.text().starts_with("<think>"));
}

TEST_CASE("errors made on purpose say what the rule says, whatever is in it") {
    const std::string hostile = "key sk-test \x1b[31m\nline \xe2\x80\xae two";
    bench b;
    const auto failed = b.run("failed", input_file(1), {{"fail_code", "invalid_request"}, {"message", hostile}});
    CHECK(failed.errors.at(0).message == hostile);
    b.run("one", input_file(2), {{"error_lines", 1}, {"message", hostile}});
    CHECK(b.errors("one").at(0)["response"]["body"]["error"]["message"] == hostile);
    answer_world w{{{"on", "answer"}, {"status", 401}, {"message", hostile}}};
    CHECK(w.ask().body["error"]["message"] == hostile);
}
