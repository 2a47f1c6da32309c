// How good answers and their scores are, beside what people say.

#include "review_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("verdicts say how good scores are, and choose what is to be judged") {
    reviewed f{200};
    std::string lines;
    for (int i = 2; i <= 200; i += 2)
        lines += fmt::format("{},,extract,r{},1,\n", i == 2 ? "fail,no" : "accept,", i);
    for (int i = 1; i <= 199; i += 4)
        lines += fmt::format("{},extract,r{},1,\n", i % 8 == 1 ? "accept,," : "reject,no,", i);
    CHECK(f.take_in(lines).status == 0);
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("precision from score 0.70 on: 0.99 ± 0.03 from 100 reviews"));
    const auto status = json::parse(f.smelt({"status", "--json"}).out);
    CHECK(status[0]["precision"]["reviews"] == 100);
    const auto written = f.smelt({"review", "pipeline.yaml", "--target-precision", "0.9", "--export", "left.csv"});
    CHECK_THAT(written.err, SMELT_CONTAINS("50 answers to judge in left.csv"));
    const auto refused = f.smelt({"review", "pipeline.yaml", "--target-precision", "0.99", "--export", "more.csv"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("the reviews so far promise a precision of 0.99 for no score"));
}

TEST_CASE("eval says what it does not find, and what it does not compare") {
    reviewed f{4};
    f.files().write("gold.csv", "key,title,remark\nr1,NOTE 1,x\nr2,Note 3,\nr9,Note 9,\n");
    const auto done = f.smelt({"eval", "pipeline.yaml", "--gold", "gold.csv", "--mismatches", "wrong.csv"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("extract against gold.csv: 3 rows, 1 without such a record"));
    CHECK_THAT(done.out, SMELT_CONTAINS("line 4: r9"));
    CHECK_THAT(done.out, SMELT_CONTAINS("no field of the answers is called so: remark"));
    CHECK(f.files().read("wrong.csv") ==
          "key,field,expected,answered,answer_score,part,line\r\nr2,title,note 3,note 2,1,,3\r\n");
    CHECK(json::parse(
              f.smelt({"eval", "pipeline.yaml", "--gold", "gold.csv", "--json"}).out)["fields"][0]["accuracy"] == 0.5);
    const auto fails = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"eval", "pipeline.yaml"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto refused = f.smelt(arguments);
        CHECK(refused.status == 1);
        return refused.err;
    };
    CHECK_THAT(fails({}), SMELT_CONTAINS("--gold FILE, --reviewed or --tasks"));
    CHECK_THAT(fails({"--gold", "none.csv"}), SMELT_CONTAINS("none.csv"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--by-key", "kye"}),
               SMELT_CONTAINS("no column kye") && SMELT_CONTAINS("did you mean \"key\""));
    CHECK_THAT(fails({"--gold", "gold.csv", "--by-text", "title=titel"}), SMELT_CONTAINS("has a field titel"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--parts", "tpic"}), SMELT_CONTAINS("has a field tpic"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--field", "titel"}), SMELT_CONTAINS("have no field titel"));
    CHECK_THAT(fails({"--tasks", "extract"}), SMELT_CONTAINS("it compares two"));
    CHECK_THAT(fails({"--tasks", "extract,extract"}), SMELT_CONTAINS("twice"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--mismatches", "wrong.txt"}), SMELT_CONTAINS("end it in .csv"));
    CHECK_THAT(f.smelt({"eval", "pipeline.yaml", "--reviewed"}).out, SMELT_CONTAINS("There is nothing to compare."));
}
