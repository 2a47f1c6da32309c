// Answers are judged in files, and by their scores.

#include "review_fixture.hpp"

#include <sstream>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("answers are judged in a table, and what is wrong in it is named by its line") {
    reviewed f{12};
    const auto written = f.smelt({"review", "pipeline.yaml", "--export", "doubtful.csv"});
    CHECK_THAT(written.err, SMELT_CONTAINS("6 answers to judge in doubtful.csv"));
    CHECK_THAT(
        f.files().read("doubtful.csv"),
        SMELT_CONTAINS(
            "verdict,reason,edited_output,reviewer,task,key,batch,score,warnings,repairs,earlier,output,id,title,"));
    CHECK_THAT(f.files().read("doubtful.csv"), SMELT_CONTAINS(",,,,extract,r1,1,0.5,\"not_odd: odd (title is"));
    const auto done = f.take_in("accept,,,extract,r1,1,\n"
                                "edit,,\"{\"\"title\"\": \"\"Note 30\"\"}\",extract,r3,1,\n"
                                "edit,,\"{\"\"title\"\": 30}\",extract,r5,1,\n"
                                "reject,,,extract,r7,1,\n"
                                "maybe,,,extract,r9,1,\n"
                                "accept,,,extract,r99,1,\n"
                                "accept,,,other,r9,1,\n"
                                "accept,,\"{\"\"title\"\": \"\"x\"\"}\",extract,r9,1,\"{\"\"title\"\": \"\"y\"\"}\"\n"
                                "accept,,,extract,r9,,\n"
                                "accept,,,extract,r9,77,\n"
                                ",,,extract,r11,1,\n,odd,,extract,r11,1,\n");
    CHECK(done.status == 1);
    CHECK_THAT(done.out, SMELT_CONTAINS("Kept 2 verdicts: 1 accepted, 1 edited, 0 rejected, 0 failed."));
    CHECK_THAT(done.out, SMELT_CONTAINS("1 row left out"));
    CHECK_THAT(done.out, SMELT_CONTAINS("1 row has no verdict."));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 4 (r5): the edited output is not valid: at /title: expected a string"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 5 (r7): a rejection needs a reason"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 6 (r9): maybe is no verdict"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 7 (r99): no record has this key"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 8 (r9): there is no task called other"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 9 (r9): accept, and edited_output is another than output"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 10 (r9): the column batch"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 13 (r11): a reason or an edited output, but no verdict"));
    const auto again = f.take_in("accept,,,extract,r1,1,\nreject,why,,extract,r3,1,\n");
    CHECK(again.status == 0);
    CHECK_THAT(again.out, SMELT_CONTAINS("Kept 0 verdicts"));
    CHECK_THAT(again.out, SMELT_CONTAINS("1 verdict was kept before."));
    CHECK_THAT(again.out, SMELT_CONTAINS("1 row left out"));
    CHECK(f.verdicts() == "r1 accepted ann, r3 edited ann");
    f.check();
}

TEST_CASE("answers are judged in JSON lines and in Label Studio") {
    reviewed f{6};
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--export", "doubtful.jsonl"}).status == 0);
    std::string lines;
    std::istringstream in{f.files().read("doubtful.jsonl")};
    for (std::string line; std::getline(in, line);) {
        auto row = json::parse(line);
        if (row["key"] == "r1") {
            row["verdict"] = "edit";
            row["edited_output"] = row["output"];
            row["edited_output"]["title"] = "Note 41";
        }
        lines += row.dump() + "\n";
    }
    f.files().write("judged.jsonl", lines);
    CHECK_THAT(f.smelt({"review", "pipeline.yaml", "--import", "judged.jsonl"}).out, SMELT_CONTAINS("1 edited"));
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--export", "tasks.json"}).status == 0);
    auto tasks = json::parse(f.files().read("tasks.json"));
    REQUIRE(tasks.size() == 2);
    CHECK(tasks[0]["data"]["key"] == "r3");
    const auto output = tasks[0]["data"]["output"].get<std::string>();
    CHECK_THAT(output, SMELT_CONTAINS("\"title\": \"Note 3\"\n}"));
    CHECK(tasks[0]["predictions"][0]["result"][0]["value"]["text"][0] == output);
    const auto result = [](const char *name, const char *type, const char *member, const std::string &value) {
        return json{{"from_name", name}, {"to_name", "record"}, {"type", type}, {"value", {{member, {value}}}}};
    };
    tasks[0]["annotations"] = {
        {{"was_cancelled", false},
         {"lead_time", 12.5},
         {"completed_by", {{"email", "bo@example.org"}}},
         {"result",
          {result("verdict", "choices", "choices", "accept"), result("edited_output", "textarea", "text", output)}}}};
    tasks[1]["annotations"] = {
        {{"was_cancelled", false},
         {"result",
          {result("verdict", "choices", "choices", "reject"), result("reason", "textarea", "text", "too short")}}},
        {{"was_cancelled", true}, {"result", json::array()}}};
    f.files().write("judged.json", tasks.dump());
    const auto done = f.smelt({"review", "pipeline.yaml", "--reviewer", "ann", "--import", "judged.json"});
    CHECK_THAT(done.out, SMELT_CONTAINS("1 accepted, 0 edited, 1 rejected"));
    CHECK(f.sql("SELECT reviewer || ' ' || seconds FROM smelt.reviews WHERE key = 'r3'") == "bo@example.org 12.5");
    CHECK(f.sql("SELECT reviewer || ' ' || reason FROM smelt.reviews WHERE key = 'r5'") == "ann too short");
    f.check();
}

TEST_CASE("approve accepts by score what nobody has judged") {
    reviewed f{10};
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.5", "--dry-run"}).out,
               SMELT_CONTAINS("Would approve 10 answers, 5 of them doubtful."));
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.5", "--where", "key in ('r1', 'r2', 'r3')"}).out,
               SMELT_CONTAINS("Approved 3 answers, 2 of them doubtful."));
    CHECK(f.doubtful() == "3");
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.6"}).out, SMELT_CONTAINS("Approved 4 answers."));
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.6"}).out, SMELT_CONTAINS("Nothing to approve"));
    CHECK(f.smelt({"approve", "pipeline.yaml", "--min-score", "60"}).status == 1);
    CHECK(f.sql("SELECT string_agg(DISTINCT verdict, ',') FROM smelt.reviews") == "approved");
    CHECK_THAT(f.smelt({"status"}).out,
               SMELT_CONTAINS("not enough reviews of answers from score 0.70 on to tell their precision: 0 of 30"));
    f.check();
}
