// What follows from what people say of answers.

#include "review_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

TEST_CASE("what a person rejects is asked again with the reason and the answer that was judged") {
    reviewed f{2};
    CHECK_THAT(f.take_in("reject,give the number in words,,extract,r1,1,\n").out, SMELT_CONTAINS("1 rejected"));
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "1"); // a rejected answer is no result
    REQUIRE(f.smelt({"run", "pipeline.yaml"}).status == 0);
    CHECK_THAT(f.last_file(), SMELT_CONTAINS(R"(\"title\": \"Note 1\"})"));
    CHECK_THAT(f.last_file(),
               SMELT_CONTAINS("The previous answer was not accepted: a person says: give the number in words"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "2");
    CHECK(f.doubtful() == "1");
    f.check();
}

TEST_CASE("a judged answer is not replaced by itself, and --replace-reviewed asks again") {
    reviewed f{4};
    REQUIRE(f.take_in("accept,,,extract,r1,1,\nedit,,\"{\"\"title\"\": \"\"Note 30\"\"}\",extract,r3,1,\n").status ==
            0);
    f.write(4, 0, " anew");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.status("extract", "pending, extracted, reviewed, overtaken") == "2 2 2 2");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results WHERE superseded") == "r1 r2 r3 r4");
    CHECK_THAT(f.smelt({"status"}).out,
               SMELT_CONTAINS("2 reviewed answers stay although what they rest on has changed"));
    f.run_to_end();
    CHECK(f.counters()["requests_billed"].dump() == "6");
    CHECK_THAT(f.redo().out, SMELT_CONTAINS("2 answers that a person has judged stay"));
    CHECK(f.status("extract", "pending, overtaken") == "0 2");
    const auto done = f.smelt({"redo", "pipeline.yaml", "--changed", "--replace-reviewed"});
    CHECK_THAT(done.out, SMELT_CONTAINS("2 items are pending again"));
    f.run_to_end();
    CHECK(f.counters()["requests_billed"].dump() == "8");
    CHECK(f.status("extract", "extracted, overtaken, to_review") == "4 0 2");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded OR model = 'human'") == "0");
    f.check();
}

TEST_CASE("what an edit changes is asked again where it was used, and judged answers stay") {
    reviewed f{4, classify() + extract("true")};
    REQUIRE(f.take_in("accept,,,extract,r2," +
                      f.sql("SELECT batch_id FROM smelt.results WHERE task = 'extract' AND key = 'r2'") + ",\n")
                .status == 0);
    REQUIRE(f.take_in("edit,,\"{\"\"topic\"\": \"\"peat\"\"}\",classify,r1,1,\nedit,,\"{\"\"topic\"\": "
                      "\"\"peat\"\"}\",classify,r2,1,\nreject,no,,classify,r3,1,\n")
                .status == 0);
    CHECK(f.status("extract", "waiting, extracted, overtaken") == "2 2 1");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(output->>'topic', ' ' ORDER BY key) FROM smelt.results WHERE task = 'extract'") ==
          "peat even odd even");
    CHECK(f.sql("SELECT string_agg(key, ' ') FROM smelt.results WHERE superseded") == "r2");
    CHECK(f.attempts("extract") == "5"); // r1 once more; r3 got the same topic again
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
    REQUIRE(f.smelt({"redo", "pipeline.yaml", "--changed", "--replace-reviewed"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT output->>'topic' FROM smelt.results WHERE task = 'extract' AND key = 'r2'") == "peat");
}

TEST_CASE("a judged answer whose need is rejected is overtaken until that is as it was") {
    reviewed f{4, classify() + extract("true")};
    REQUIRE(f.take_in("accept,,,extract,r2," +
                      f.sql("SELECT batch_id FROM smelt.results WHERE task = 'extract' AND key = 'r2'") + ",\n")
                .status == 0);
    REQUIRE(f.take_in("reject,no,,classify,r2,1,\n").status == 0);
    CHECK(f.status("extract", "extracted, waiting, overtaken") == "4 0 1");
    f.check_graph();
    f.run_to_end(); // the same topic again
    CHECK(f.status("extract", "extracted, overtaken, reviewed") == "4 0 1");
    CHECK(f.attempts("extract") == "4");
    f.write(4, 0, " anew");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.status("extract", "overtaken") == "1");
    f.run_to_end();
    f.write(4);
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    f.run_to_end();
    CHECK(f.status("extract", "extracted, overtaken, reviewed") == "4 0 1");
    CHECK(f.sql("SELECT superseded FROM smelt.results WHERE task = 'extract' AND key = 'r2'") == "f");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
}

TEST_CASE("verdicts are told to the user's tables") {
    graph_fixture f{8, half_doubtful + "    write_back: {accepted: log.sql, doubtful: log.sql, failed: log.sql, "
                                       "reopened: log.sql}\n"};
    f.execute("CREATE TABLE public.log (n bigserial, entry text)");
    f.files().write("log.sql", "INSERT INTO public.log (entry) SELECT concat_ws(' ', key, event, reviewed_by, reason, "
                               "message, output->>'title') FROM rows ORDER BY key");
    f.run_to_end();
    f.execute("DELETE FROM public.log");
    f.files().write("verdicts.csv", "verdict,reason,edited_output,reviewer,task,key,batch\naccept,,,ann,extract,r1,1\n"
                                    "edit,,\"{\"\"title\"\": \"\"Note 33\"\"}\",ann,extract,r3,1\n"
                                    "reject,bad,,ann,extract,r5,1\nfail,worse,,ann,extract,r7,1\n");
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--import", "verdicts.csv"}).status == 0);
    REQUIRE(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.9", "--where", "key = 'r2'", "--reviewer", "bo"})
                .status == 0);
    REQUIRE(f.smelt({"write-back", "pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT string_agg(entry, ', ' ORDER BY entry) FROM public.log") ==
          "r1 accepted ann Note 1, r2 accepted bo Note 2, r3 accepted ann Note 33, r5 reopened ann, r7 failed ann "
          "rejected worse");
    f.execute("DELETE FROM public.log");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(entry, ', ') FROM public.log") == "r5 doubtful Note 5");
    f.execute("DELETE FROM public.log");
    REQUIRE(f.smelt({"write-back", "pipeline.yaml", "--all"}).status == 0);
    CHECK(f.sql("SELECT string_agg(entry, ', ' ORDER BY entry) FROM public.log") ==
          "r1 accepted ann Note 1, r2 accepted bo Note 2, r3 accepted ann Note 33, r4 accepted Note 4, r5 doubtful "
          "Note 5, "
          "r6 accepted Note 6, r7 failed ann rejected worse, r8 accepted Note 8");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
}
