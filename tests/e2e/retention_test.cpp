#include "catch.hpp"
#include "graph_fixture.hpp"
#include "portal_world.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string kept_task = "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: "
                              "object, required: [title], properties: {title: {type: string}}}\n    keep_raw: all\n    "
                              "retry: {attempts: 2, deliveries: 5, backoff: 20ms}\n";

struct aged : pipeline_fixture {
    explicit aged(const std::string &retention, const std::string &task = kept_task)
        : pipeline_fixture{{.records = 4, .extra = "retention: {" + retention + "}\n", .task = task}} {}

    /// As if everything so far had happened so long ago, and the last daily look, too.
    void grow_older(const std::string &by) {
        execute("UPDATE smelt.attempt SET applied_at = applied_at - interval '" + by + "'");
        execute("UPDATE smelt.batch SET created_at = created_at - interval '" + by +
                "', closed_at = closed_at - interval '" + by + "'");
        execute("UPDATE smelt.record SET changed_at = changed_at - interval '" + by + "'");
        execute("UPDATE smelt.retention SET ended_at = ended_at - interval '" + by + "'");
    }
    std::string raw() { return sql("SELECT count(*) FROM smelt.attempt WHERE raw IS NOT NULL OR line IS NOT NULL"); }
    std::string emptied() { return sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'r'"); }
    std::string results() { return sql("SELECT count(*) FROM smelt.results WHERE output IS NOT NULL"); }
    void check() {
        const auto deep = smelt({"doctor", "--deep"});
        INFO(deep.out);
        CHECK(deep.status == 0);
    }
};

} // namespace

TEST_CASE("raw texts go when they are old, and results stay") {
    aged f{"raw: 30d"};
    f.run_to_end();
    CHECK(f.raw() == "4");
    f.grow_older("29 days");
    f.run_to_end();
    CHECK(f.raw() == "4");
    f.grow_older("2 days");
    const auto run = f.smelt({"run"});
    CHECK_THAT(run.err, SMELT_CONTAINS("removed what was old (retention) of 4 answers"));
    CHECK(f.raw() == "0");
    CHECK(f.results() == "4");
    CHECK(f.sql("SELECT raw_removed || ' ' || emptied FROM smelt.batch") == "4 0");
    f.check();
}

TEST_CASE("answers that another one has replaced go when that one is old") {
    aged f{"replaced: 90d"};
    f.run_to_end();
    f.grow_older("100 days");
    f.run_to_end();
    CHECK(f.emptied() == "0");
    REQUIRE(f.smelt({"redo", "notes", "--all"}).status == 0);
    f.run_to_end();
    f.grow_older("2 days");
    f.run_to_end();
    CHECK(f.emptied() == "0");
    f.grow_older("89 days");
    f.run_to_end();
    CHECK(f.emptied() == "4");
    CHECK(f.results() == "4");
    CHECK(f.sql("SELECT string_agg(emptied::text, ' ' ORDER BY id) FROM smelt.batch") == "4 0");
    CHECK(f.sql("SELECT sum(accepted) FROM smelt.ledger") == "8");
    f.check();
    CHECK(f.smelt({"forget", "notes", "--where", "true", "--yes"}).status == 0);
    f.check();
}

TEST_CASE("rejected answers go, but for what the next request says of them") {
    aged f{"rejected: 0s, raw: 0s"};
    f.fault(R"({"length_lines":4})");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms", "--max", "4"}).status == 0);
    REQUIRE(f.sql("SELECT count(*) FROM smelt.item WHERE status = 3 AND claimable") == "4");
    CHECK(f.emptied() == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE findings IS NOT NULL OR message IS NOT NULL") == "4");
    f.run_to_end();
    f.execute("UPDATE smelt.retention SET ended_at = ended_at - interval '2 days'");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE outcome <> 0 AND emptied IS NULL") == "0");
    CHECK(f.results() == "4");
    f.check();
}

TEST_CASE("what waits to be written back keeps its content") {
    aged f{"replaced: 0s, raw: 0s", kept_task + "    write_back: {accepted: nowhere.sql}\n"};
    f.execute("CREATE TABLE public.told (key text, title text CHECK (title <> 'x'))");
    f.files().write("nowhere.sql", "INSERT INTO public.told SELECT key, (1 / (key = 'no')::int)::text FROM rows");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "20s"}).status == 0);
    REQUIRE(f.sql("SELECT count(*) FROM smelt.write_back WHERE error IS NOT NULL") == "4");
    CHECK(f.raw() == "4");
    f.files().write("nowhere.sql", "INSERT INTO public.told SELECT key, 'y' FROM rows");
    CHECK(f.smelt({"write-back", "notes", "--retry"}).status == 0);
    f.execute("UPDATE smelt.retention SET ended_at = ended_at - interval '2 days'");
    f.run_to_end();
    CHECK(f.raw() == "0");
    f.check();
}

TEST_CASE("what a person has judged stays") {
    aged f{"replaced: 0s, raw: 0s"};
    f.run_to_end();
    const auto key = f.sql("SELECT min(key) FROM smelt.record");
    f.files().write("v.csv",
                    "verdict,reason,edited_output,task,key,batch,output\nreject,odd,,extract," + key + ",1,\n");
    REQUIRE(f.smelt({"review", "notes", "--reviewer", "ann", "--import", "v.csv"}).status == 0);
    f.run_to_end();
    f.execute("UPDATE smelt.retention SET ended_at = ended_at - interval '2 days'");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "5");
    CHECK(f.emptied() == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.judged WHERE output IS NOT NULL") == "1");
    f.check();
}

TEST_CASE("what a dependent's answer was made from stays until that is made anew") {
    graph_fixture f{4, classify() + extract("true")};
    f.add_section("retention: {replaced: 0s}\n");
    f.run_to_end();
    REQUIRE(f.smelt({"redo", "notes", "--all", "--task", "classify"}).status == 0);
    f.run_to_end();
    f.execute("UPDATE smelt.retention SET ended_at = ended_at - interval '2 days'");
    f.run_to_end();
    CHECK(f.attempts("extract") == "4"); // the same answers: nothing is asked again
    f.check_graph();
}

TEST_CASE("the look at what is old goes on where a run was killed") {
    const auto *const place = GENERATE("retain.before_commit", "retain.after_commit");
    aged f{"raw: 30d"};
    f.run_to_end();
    f.grow_older("31 days");
    auto command = f.smelt_command({"run"});
    command.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    CHECK(run(command).signal == 9);
    f.run_to_end();
    CHECK(f.raw() == "0");
    CHECK(f.sql("SELECT raw_removed FROM smelt.batch") == "4");
    f.check();
}

TEST_CASE("what was fetched goes when it is old, and its records stay as they are") {
    portal_world f;
    f.add_section("retention: {fetched: 7d}\n");
    f.write_source("    every: 1h\n");
    REQUIRE(f.go().status == 0);
    REQUIRE(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE body IS NOT NULL") != "0");
    const auto text = f.field("t1", "text");
    f.execute("UPDATE smelt.source_fetch SET fetched_at = fetched_at - interval '8 days'");
    CHECK(f.go().status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE body IS NOT NULL AND status = 200") == "0");
    CHECK(f.field("t1", "text") == text);
    f.execute("UPDATE smelt.source_round SET started_at = started_at - interval '2 hours'");
    f.add_section("prefilter: [{name: none, skip_if: \"fields->>'id' = 'zz'\"}]\n");
    f.write_source("    every: 1h\n");
    const auto again = f.go();
    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(f.field("t1", "text") == text);
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "4");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE skip IS NOT NULL") == "0");
}

TEST_CASE("retention is checked when the file is read") {
    aged f{"raw: 30d"};
    f.check_section_refused("retention: {}\n", "retention");
    f.check_section_refused("retention: {raws: 30d}\n", "raws");
    f.check_section_refused("retention: {raw: 30}\n", "a duration with its unit");
    f.check_section_refused("retention: {raw: 9999d}\n", "at most 3660d");
}
