#include "catch.hpp"
#include "sim_bench.hpp"

#include <algorithm>
#include <set>

using namespace smelt::sim;
using namespace sim_test;

TEST_CASE("an expired batch lists its rest, a cancelled one leaves it out") {
    bench b;
    const auto expired = b.run("expired", input_file(20), {{"expire_after_fraction", 0.25}});
    CHECK(expired.completed == 5);
    CHECK(expired.failed == 15);
    CHECK(b.output("expired").size() == 5);
    REQUIRE(b.errors("expired").size() == 15);
    CHECK(b.errors("expired")[0]["response"].is_null());
    CHECK(b.errors("expired")[0]["error"]["code"] == "batch_expired");
    const auto cancelled = b.run("cancelled", input_file(20), nullptr, 3);
    CHECK(cancelled.total == 20);
    CHECK(cancelled.completed == 3);
    CHECK(cancelled.failed == 0);
    CHECK_FALSE(cancelled.has_errors);
    CHECK_FALSE(b.run("nothing", input_file(20), nullptr, 0).has_output);
}

TEST_CASE("line faults are spent as asked") {
    bench b;
    const auto results = b.run("one", input_file(20),
                               {{"error_lines", 2},
                                {"status0_lines", 3},
                                {"omit_lines", 4},
                                {"duplicate_lines", 1},
                                {"foreign_lines", 1},
                                {"refuse_lines", 2},
                                {"length_lines", 2}});
    CHECK(results.total == 20);
    CHECK(results.failed == 2);
    CHECK(results.completed == 18);
    CHECK(results.answered == 11);
    CHECK(results.lines == 2 + 3 + 11 + 1 + 1);
    const auto output = b.output("one");
    const auto errors = b.errors("one");
    REQUIRE(output.size() == 13);
    REQUIRE(errors.size() == 5);
    const auto having = [](const std::vector<json> &lines, auto is) {
        return std::count_if(lines.begin(), lines.end(), is);
    };
    CHECK(having(errors, [](const json &l) { return l["response"]["status_code"] == 400; }) == 2);
    CHECK(having(errors, [](const json &l) { return l["response"]["status_code"] == 0; }) == 3);
    CHECK(having(output, [](const json &l) { return l["custom_id"].get<std::string>().starts_with("foreign-"); }) == 1);
    // The duplicated and the foreign line are copies of the first one, which was refused.
    CHECK(having(output, [](const json &l) {
              return !l["response"]["body"]["choices"][0]["message"]["refusal"].is_null();
          }) == 4);
    CHECK(having(output,
                 [](const json &l) { return l["response"]["body"]["choices"][0]["finish_reason"] == "length"; }) == 2);
    auto ids = ids_of(output);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 12);
}

TEST_CASE("a truncated output file ends in the middle of a line") {
    bench b;
    b.run("whole", input_file(5));
    b.run("cut", input_file(5), {{"truncate_output", 10}});
    CHECK(fs::file_size(b.paths("cut").output) == fs::file_size(b.paths("whole").output) - 10);
}

TEST_CASE("recorded answers come by text, task and try") {
    bench b;
    const auto file = b.folder.path / "replay.jsonl";
    write_file(file, R"({"key":"k1","match":"number 1 ","task":"row","answer":{"word":"first"}})"
                     "\n"
                     R"({"key":"k1","match":"number 1 ","task":"row","answer":"second, as text"})"
                     "\n\n"
                     R"({"match":"number 2 ","task":"row","refusal":"No."})"
                     "\n"
                     R"({"match":"number 3 ","task":"other","answer":"never"})"
                     "\n"
                     R"({"match":"number 4 ","status_code":500,"error":{"code":"server_error","message":"down"}})"
                     "\n"
                     R"({"match":"number 5 ","error":{"code":"odd","message":"strange"}})"
                     "\n");
    b.replay = replay_book{file};
    b.run("one", input_file(6));
    b.run("two", input_file(6));
    b.run("three", input_file(6));
    const auto line = [&](const std::string &name, const std::string &id) {
        auto lines = b.output(name);
        const auto more = b.errors(name);
        lines.insert(lines.end(), more.begin(), more.end());
        return *std::find_if(lines.begin(), lines.end(), [&](const json &l) { return l["custom_id"] == id; });
    };
    CHECK(answer_text(line("one", "id-1")) == R"({"word":"first"})");
    CHECK(answer_text(line("two", "id-1")) == "second, as text");
    CHECK(answer_text(line("three", "id-1")) == "second, as text");
    CHECK(line("one", "id-2")["response"]["body"]["choices"][0]["message"]["refusal"] == "No.");
    CHECK(line("one", "id-2")["response"]["body"]["choices"][0]["message"]["content"].is_null());
    CHECK(answer_is_valid(line("one", "id-3")));
    CHECK(line("one", "id-4")["response"]["status_code"] == 500);
    CHECK(line("one", "id-5")["response"].is_null());
    CHECK(line("one", "id-5")["error"]["code"] == "odd");
}

TEST_CASE("a replay file that cannot be read is named with its line") {
    temp_folder folder;
    write_file(folder.path / "bad.jsonl", "{\"match\":\"a\",\"answer\":1}\n{\"answer\":2}\n");
    REQUIRE_THROWS_WITH(replay_book(folder.path / "bad.jsonl"), SMELT_CONTAINS("bad.jsonl:2: "));
}
