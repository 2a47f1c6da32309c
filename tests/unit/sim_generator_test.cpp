#include "catch.hpp"
#include "sim_bench.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace smelt::sim;
using namespace sim_test;

namespace {

std::map<std::string, std::string> answers_by_text(const std::vector<json> &lines) {
    std::map<std::string, std::string> out;
    for (const auto &line : lines)
        out[line["custom_id"].get<std::string>().substr(2)] = answer_text(line);
    return out;
}

} // namespace

TEST_CASE("every request of a batch is answered once, in another order") {
    bench b;
    const auto results = b.run("one", input_file(100));
    REQUIRE(results.errors.empty());
    CHECK(results.total == 100);
    CHECK(results.completed == 100);
    CHECK(results.model == "gpt-test");
    CHECK(results.has_output);
    CHECK_FALSE(results.has_errors);
    CHECK_FALSE(fs::exists(b.paths("one").errors));
    auto ids = ids_of(b.output("one"));
    REQUIRE(ids.size() == 100);
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i)
        expected.push_back("id-" + std::to_string(i));
    CHECK(ids != expected);
    CHECK(std::set<std::string>(ids.begin(), ids.end()) == std::set<std::string>(expected.begin(), expected.end()));
    for (const auto &line : b.output("one"))
        CHECK(answer_is_valid(line));
}

TEST_CASE("answers depend on seed and body, never on custom_id or batch") {
    bench b;
    b.run("one", input_file(50, "a-"));
    b.run("two", input_file(50, "b-"));
    CHECK(answers_by_text(b.output("one")) == answers_by_text(b.output("two")));
    b.settings.seed = 2;
    b.run("three", input_file(50, "c-"));
    CHECK(answers_by_text(b.output("one")) != answers_by_text(b.output("three")));
}

TEST_CASE("an invalid body is invalid for its first deliveries, over batches and restarts") {
    bench b;
    b.settings.invalid_rate = 1;
    b.settings.invalid_results = 2;
    const std::string input = input_file(30);
    const auto valid_ones = [&](const std::string &name) {
        const auto lines = b.output(name);
        return std::count_if(lines.begin(), lines.end(), answer_is_valid);
    };
    b.run("one", input);
    CHECK(valid_ones("one") == 0);
    delivery_ledger restarted;
    restarted.load("one", b.paths("one").delivered);
    std::swap(b.ledger, restarted);
    b.run("two", input);
    CHECK(valid_ones("two") == 0);
    b.run("three", input);
    CHECK(valid_ones("three") == 30);
}

TEST_CASE("a batch that is made again counts its deliveries once") {
    bench b;
    b.settings.invalid_rate = 1;
    const std::string input = input_file(10);
    b.run("one", input);
    const std::string first = read_file(b.paths("one").output);
    b.run("one", input);
    CHECK(read_file(b.paths("one").output) == first);
}

TEST_CASE("feedback gets the answer that the fault-free body has") {
    bench b;
    b.run("plain", request("a", some_text(1)).dump());
    b.settings.invalid_rate = 1;
    const json feedback = json::array({{{"role", "assistant"}, {"content", "nonsense"}},
                                       {{"role", "user"}, {"content", "The previous answer was not accepted: x"}}});
    b.run("again", request("b", some_text(1), feedback).dump());
    CHECK(answer_text(b.output("again").at(0)) == answer_text(b.output("plain").at(0)));
}

TEST_CASE("about the asked share of bodies is invalid, in several ways") {
    bench b;
    b.settings.invalid_rate = 0.1;
    b.run("one", input_file(1000));
    std::set<std::string> reasons;
    int invalid = 0;
    for (const auto &line : b.output("one")) {
        invalid += answer_is_valid(line) ? 0 : 1;
        reasons.insert(line["response"]["body"]["choices"][0]["finish_reason"].get<std::string>());
    }
    CHECK(invalid > 60);
    CHECK(invalid < 140);
    CHECK(reasons == std::set<std::string>{"stop", "length"});
}

TEST_CASE("a file with bad lines fails with one entry per line, 1-based") {
    bench b;
    std::string input = request("a", "x").dump() + "\n\nnot json\n" + request("a", "y").dump() + "\r\n";
    json other = request("b", "z");
    other["body"]["model"] = "another";
    other["url"] = "/v1/chat/completions";
    input += other.dump() + "\n";
    other["url"] = "/v1/embeddings";
    input += other.dump();
    const auto results = b.run("one", input);
    REQUIRE(results.errors.size() == 4);
    CHECK(results.errors[0].code == "invalid_json_line");
    CHECK(results.errors[0].line == 3);
    CHECK(results.errors[1].code == "duplicate_custom_id");
    CHECK(results.errors[1].line == 4);
    CHECK(results.errors[2].code == "mismatched_model");
    CHECK(results.errors[2].line == 5);
    CHECK(results.errors[3].code == "invalid_url");
    CHECK(results.errors[3].line == 6);
    CHECK_FALSE(fs::exists(b.paths("one").output));
    CHECK_FALSE(fs::exists(b.paths("one").delivered));
}

TEST_CASE("a missing file, an empty one and one with too many requests fail") {
    bench b;
    batch missing;
    missing.id = "none";
    missing.endpoint = "/v1/chat/completions";
    generator maker{b.settings, b.replay, b.ledger, b.stop};
    const auto none = maker.run(missing, {});
    CHECK(none.errors.at(0).code == "invalid_request");
    CHECK(none.errors.at(0).param == "file_id");
    CHECK(b.run("empty", "\n\n").errors.at(0).code == "empty_file");
    b.settings.requests_per_batch = 3;
    CHECK(b.run("three", input_file(3)).errors.empty());
    CHECK(b.run("four", input_file(4)).errors.at(0).code == "too_many_requests");
}

TEST_CASE("a strict schema that breaks the rules is a 400 line in the error file") {
    bench b;
    json bad = request("a", "x");
    bad["body"]["response_format"]["json_schema"]["schema"].erase("additionalProperties");
    const auto results = b.run("one", bad.dump() + "\n" + request("b", "y").dump());
    CHECK(results.failed == 1);
    CHECK(results.completed == 1);
    const auto line = b.errors("one").at(0);
    CHECK(line["custom_id"] == "a");
    CHECK(line["error"].is_null());
    CHECK(line["response"]["status_code"] == 400);
    CHECK_THAT(line["response"]["body"]["error"]["message"].get<std::string>(), SMELT_CONTAINS("additionalProperties"));
}

TEST_CASE("a stopped generator leaves nothing behind") {
    bench b;
    b.stop = true;
    REQUIRE_THROWS_AS(b.run("one", input_file(5)), stopped);
    CHECK_FALSE(fs::exists(b.paths("one").output));
    CHECK_FALSE(fs::exists(b.paths("one").output.string() + ".new"));
}

TEST_CASE("files larger than a block are answered completely") {
    bench b;
    const int count = 4000;
    REQUIRE(input_file(count).size() > 2 * 1024 * 1024 / 2);
    const auto results = b.run("one", input_file(count));
    CHECK(results.completed == count);
    auto ids = ids_of(b.output("one"));
    CHECK(ids.size() == static_cast<std::size_t>(count));
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == static_cast<std::size_t>(count));
}

TEST_CASE("a request without a schema gets a text that says what it is") {
    bench b;
    json plain = request("a", some_text(1));
    plain["body"].erase("response_format");
    b.run("one", plain.dump());
    CHECK(answer_text(b.output("one").at(0)).starts_with("[simulated] "));
}
