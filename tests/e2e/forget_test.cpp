#include "forget_fixture.hpp"
#include "portal_world.hpp"

using namespace smelt;
using namespace smelt::test;

TEST_CASE("a forgotten record leaves the figures of what it has cost, and is not loaded again") {
    person f;
    f.run_to_end();
    const auto spend = f.spend();
    const auto looked = f.smelt({"forget", "notes", "--key", "b", "--dry-run"});
    CHECK(looked.out == "notes: 1 record and 1 answer.\n");
    CHECK(f.keys() == "a b c d");
    CHECK_THAT(f.forget().out, SMELT_CONTAINS("Forgotten: 1 record."));
    CHECK(f.keys() == "a c d");
    CHECK(f.spend() == spend);
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "4");
    CHECK(f.sql("SELECT total || ' ' || extracted FROM smelt.status") == "3 3");
    f.check();
    f.files().write("records.csv", f.files().read("records.csv") + "e,Fifth,e@example.org\n");
    const auto again = f.smelt({"run", "--wait", "--poll", "50ms"});
    CHECK_THAT(again.err, SMELT_CONTAINS("a row with a key that was forgotten is not loaded"));
    CHECK(f.keys() == "a c d e");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "5");
    CHECK(f.forget().out == "Nothing to forget: it is forgotten already.\n");
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a forgotten key may be allowed again") {
    person f;
    f.run_to_end();
    f.forget();
    CHECK_THAT(f.forget({"--key", "b", "--allow-again"}).out, SMELT_CONTAINS("A key may be loaded again"));
    f.run_to_end();
    CHECK(f.keys() == "a b c d");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "5");
    f.forget({"--where", "fields->>'mail' = 'b@example.org'", "--allow-again"});
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT count(*) FROM smelt.forgotten_key") == "0");
    f.check();
}

TEST_CASE("a list of keys may name such as come later") {
    person f;
    f.run_to_end();
    f.files().write("out.txt", "b\nlater\n");
    CHECK_THAT(f.forget({"--keys", "out.txt"}).out,
               SMELT_CONTAINS("1 key is of no record here") && SMELT_CONTAINS("Forgotten: 1 record."));
    f.files().write("records.csv", f.files().read("records.csv") + "later,Late,x\n");
    f.run_to_end();
    CHECK(f.keys() == "a c d");
    CHECK_THAT(f.forget({"--keys", "out.txt"}).out, SMELT_CONTAINS("Nothing to forget"));
    CHECK_THAT(f.forget({"--keys", "out.txt", "--allow-again"}).out, SMELT_CONTAINS("2 keys may be loaded again"));
    f.forget({"--keys", "out.txt", "--allow-again"});
    f.run_to_end();
    CHECK(f.keys() == "a b c d later");
    f.forget({"--key", "b", "--allow-again"});
    f.run_to_end();
    CHECK(f.keys() == "a b c d later");
    f.check();
}

TEST_CASE("failures, verdicts and events of a forgotten record go") {
    person f{{},
             echo_task +
                 "    rules: [{name: short, check: \"length(output->>'title') < 3\", severity: soft, weight: 0.5}]\n   "
                 " score: {review_below: 0.7}\n    write_back: {accepted: none.sql, forgotten: gone.sql}\n"};
    f.execute("CREATE TABLE public.told (key text, event text, fields jsonb)");
    f.files().write("none.sql", "INSERT INTO public.told (key, event) SELECT r.key, r.event FROM rows AS r");
    f.files().write("gone.sql", "DELETE FROM public.told AS t USING rows AS r WHERE t.key = r.key");
    f.run_to_end();
    f.files().write("v.csv", "verdict,reason,edited_output,task,key,batch,output\nreject," + marker +
                                 " is not well,,extract,b,1,\naccept,,,extract,c,1,\n");
    REQUIRE(f.smelt({"review", "notes", "--reviewer", "ann", "--import", "v.csv"}).status == 0);
    std::filesystem::remove(f.folder() / "v.csv");
    REQUIRE(f.sql("SELECT count(*) FROM smelt.review") == "2");
    f.execute("INSERT INTO public.told VALUES ('b', 'accepted', NULL)");
    const auto done = f.forget();
    CHECK_THAT(done.out, SMELT_CONTAINS("1 record, 1 answer and 1 verdict"));
    CHECK(f.sql("SELECT count(*) FROM smelt.review") == "1");
    CHECK(
        f.sql(
            "SELECT string_agg(event::text || ' ' || coalesce(key, ''), ', ') FROM smelt.write_back WHERE key = 'b'") ==
        "32 b");
    f.check();
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM public.told WHERE key = 'b'") == "0");
    CHECK(f.sql("SELECT count(*) FROM public.told WHERE key = 'c'") == "1");
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("what failed, waits or was filtered is forgotten like any other") {
    person f{"prefilter: [{name: short, skip_if: \"fields->>'id' = 'b'\"}]\n"};
    f.run_to_end();
    f.forget();
    CHECK(f.keys() == "a c d");
    f.check();
    person g;
    g.fault(R"({"refuse_lines":4})");
    CHECK(g.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    REQUIRE(g.sql("SELECT failed FROM smelt.status") == "4");
    g.forget();
    g.check();
    g.check_nothing_is_left();
}

TEST_CASE("the copies of a forgotten record are asked themselves") {
    person f{"dedupe: {by: \"fields->>'title'\"}\n",
             echo_task +
                 "    write_back: {accepted: told.sql, reopened: told.sql, skipped: told.sql, forgotten: told.sql}\n"};
    f.execute("CREATE TABLE public.told (n bigserial, key text, event text)");
    f.files().write("told.sql", "INSERT INTO public.told (key, event) SELECT key, event FROM rows");
    f.files().write("records.csv", "id,title,mail\na,First,a@example.org\nb,Same,b@example.org\nc,Same,c@example.org\n"
                                   "d,Same,d@example.org\n");
    f.run_to_end();
    REQUIRE(f.sql("SELECT count(*) FROM smelt.record WHERE copy_of IS NOT NULL") == "2");
    REQUIRE(f.sql("SELECT string_agg(key || ' ' || event, ', ' ORDER BY key) FROM public.told") ==
            "a accepted, b accepted, c accepted, d accepted");
    CHECK_THAT(f.forget().out, SMELT_CONTAINS("2 other records have their answers from these (dedupe)"));
    f.check();
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "3");
    CHECK(f.sql("SELECT string_agg(event, ' ' ORDER BY n) FROM public.told WHERE key = 'b'") == "accepted forgotten");
    CHECK(f.sql("SELECT string_agg(event, ' ' ORDER BY n) FROM public.told WHERE key = 'd'") ==
          "accepted reopened accepted");
    f.forget({"--key", "d"});
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c");
    f.check();
}

TEST_CASE("equal rows without a key of their own are forgotten together") {
    person f{{}, echo_task, "{csv: records.csv, key: {hash: [title]}}"};
    f.files().write("records.csv", "title,mail\nFirst,a\n" + marker + ",b@example.org\n" + marker + ",b@example.org\n");
    f.run_to_end();
    const auto key = f.sql("SELECT min(key) FROM smelt.record WHERE fields->>'mail' LIKE 'b%'");
    CHECK_THAT(f.forget({"--key", key}).out, SMELT_CONTAINS("Forgotten: 2 records."));
    f.files().write("records.csv", f.files().read("records.csv") + "Other,x\n");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "2");
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("wrong wishes to forget change nothing") {
    person f;
    f.run_to_end();
    const auto refused = [&](std::vector<std::string> more, const std::string &why) {
        std::vector<std::string> arguments{"forget", "notes"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto done = f.smelt(arguments);
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS(why));
    };
    refused({}, "say what to forget");
    refused({"--key", "b"}, "nobody can be asked");
    refused({"--key", "z", "--yes"}, "has no record with the key z, and none was forgotten");
    refused({"--key", "b", "--all", "--yes"}, "exclude one another");
    refused({"--where", "fields->>'x' =", "--yes"}, "PostgreSQL does not accept it");
    refused({"--where", "output IS NULL", "--yes"}, "output");
    refused({"--where", "false) or (true", "--yes"}, "PostgreSQL does not accept it");
    refused({"--task", "extract", "--yes"}, "is in the file of notes");
    refused({"--task", "nobody", "--yes"}, "has no task called nobody");
    CHECK(f.keys() == "a b c d");
    CHECK(f.forget({"--where", "fields->>'x' = '1'"}).out == "Nothing to forget: no record is meant.\n");
}

TEST_CASE("the answers of a task that the file names no more can be forgotten") {
    person f{{},
             echo_task + "  second:\n    model: gpt-5-nano\n    user: \"Title: {{title}}\"\n    output: {type: object, "
                         "required: [title], properties: {title: {type: string}}}\n"};
    f.run_to_end();
    f.write_pipeline(echo_task);
    f.run_to_end();
    REQUIRE(f.sql("SELECT to_regclass('smelt_out.notes_second') IS NOT NULL") == "t");
    CHECK_THAT(f.forget({"--task", "second"}).out, SMELT_CONTAINS("The answers of task second are forgotten."));
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE task = 'second'") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'f'") == "4");
    CHECK(f.sql("SELECT to_regclass('smelt_out.notes_second') IS NULL") == "t");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE task = 'extract'") == "4");
    f.check();
    f.write_pipeline(echo_task + "  second:\n    model: gpt-5-nano\n    user: \"Title: {{title}}\"\n    output: {type: "
                                 "object, required: [title], properties: {title: {type: string}}}\n");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE task = 'second'") == "4");
    f.check();
}

TEST_CASE("a forgotten pipeline keeps the figures of its batches, and its name until that is given free") {
    person f{"budget: [{usd: 5, per: total}]\n"};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto open = f.smelt({"forget", "notes", "--all", "--yes"});
    CHECK(open.status == 1);
    CHECK_THAT(open.err, SMELT_CONTAINS("has a batch under way"));
    f.run_to_end();
    const auto spend = f.spend();
    const auto all = f.forget({"--all"});
    INFO(all.out + all.err);
    CHECK_THAT(all.out, SMELT_CONTAINS("The pipeline notes is forgotten."));
    CHECK(f.sql("SELECT count(*) FROM smelt.record") + f.sql("SELECT count(*) FROM smelt.attempt") +
              f.sql("SELECT count(*) FROM smelt.item") ==
          "000");
    CHECK(f.spend() == spend);
    CHECK(f.sql("SELECT count(*) FROM smelt.status") == "0");
    CHECK(f.sql("SELECT to_regclass('smelt_out.notes_extract') IS NULL") == "t");
    CHECK(f.counters()["files_deleted"] >= 2);
    f.check();
    const auto run = f.smelt({"run"});
    CHECK(run.status == 1);
    CHECK_THAT(run.err, SMELT_CONTAINS("pipeline notes was forgotten on"));
    for (const auto *const command : {"report", "export", "retry", "failures", "status"})
        CHECK_THAT(f.smelt({command, "notes"}).err, SMELT_CONTAINS("was forgotten on"));
    CHECK_THAT(f.forget({"--all"}).out, SMELT_CONTAINS("Nothing to forget"));
    CHECK(f.smelt({"load", "pipeline.yaml"}).status == 1);
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK_THAT(f.forget({"--all", "--allow-again"}).out, SMELT_CONTAINS("its name may be used again"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "4");
    CHECK(f.sql("SELECT spent_usd = (SELECT round(sum(cost_picousd) / 1e12, 12) FROM smelt.batch) AND spent_usd > 0 "
                "FROM smelt.budgets") == "t");
    f.check();
    CHECK(f.forget({"--all", "--allow-again"}).status == 0);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a pipeline whose first load failed can be forgotten") {
    person f;
    f.files().write("records.csv", "id,title\na,First\na,Twice\n");
    CHECK(f.smelt({"run"}).status == 1);
    CHECK_THAT(f.forget({"--all", "--allow-again"}).out, SMELT_CONTAINS("notes: nothing but its name."));
    f.check();
    f.files().write("records.csv", "id,title\na,First\n");
    f.run_to_end();
    CHECK(f.keys() == "a");
}

TEST_CASE("what was fetched of a forgotten record goes, and is not fetched again") {
    portal_world f;
    REQUIRE(f.go().status == 0);
    REQUIRE(f.sql("SELECT count(*) FROM smelt.record") == "4");
    const auto done = f.smelt({"forget", "notes", "--key", "t1", "--yes"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE kind = 0 AND body IS NOT NULL") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE kind = 1 AND name = 't1'") == "0");
    const auto again = f.go();
    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.record") == "t2 t3 t4");
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE kind = 1 AND name = 't1'") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE skip IS NOT NULL") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt") == "4");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
}
