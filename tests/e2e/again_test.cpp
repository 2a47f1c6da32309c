#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string title_task =
    "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, "
    "required: [title], properties: {title: {type: string}}}\n";

/// A table of the user's, in which a row is set to pending when it is to be sent again.
struct asking : pipeline_fixture {
    explicit asking(const std::string &again = ", again: {when: \"status = 'pending'\", version: updated_at}",
                    const std::string &tasks = title_task)
        : pipeline_fixture{
              {.records = 1,
               .task = tasks,
               .source = "{sql: \"SELECT id, title, status, updated_at FROM public.notes\", key: id" + again + "}"}} {
        execute("CREATE TABLE public.notes (id int PRIMARY KEY, title text, status text DEFAULT 'pending', "
                "updated_at int DEFAULT 1)");
        execute("INSERT INTO public.notes SELECT n, 'Note ' || n FROM generate_series(1, 3) AS n");
    }
    void ask(const std::string &where = "id = 2") {
        execute("UPDATE public.notes SET status = 'pending', updated_at = updated_at + 1 WHERE " + where);
    }
    std::string attempts() { return sql("SELECT count(*) FROM smelt.attempt"); }
};

} // namespace

TEST_CASE("a row that asks is sent again once per version, and fails when it asks too often") {
    asking f;
    f.run_to_end();
    f.run_to_end();
    CHECK(f.attempts() == "3"); // the rows still say pending, in the version that was sent
    for (const auto *expected : {"4", "5", "6"}) {
        f.ask();
        f.run_to_end();
        f.run_to_end();
        CHECK(f.attempts() == expected);
    }
    f.ask();
    const auto ended = f.smelt({"run", "--wait", "--poll", "100ms", "--fail-on-failures"});
    CHECK(ended.status == 3);
    CHECK_THAT(ended.err, SMELT_CONTAINS("1 record failed: its row has asked to be sent again more than 3 times"));
    CHECK(f.attempts() == "6");
    CHECK(f.sql("SELECT key || ' ' || cause || ': ' || message FROM smelt.failures") ==
          "2 again: its row has asked to be sent again more than 3 times");
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "3");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
    CHECK(f.smelt({"retry", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.attempts() == "7");
    f.ask();
    f.run_to_end();
    CHECK(f.attempts() == "8");
    CHECK(f.sql("SELECT count(*) FROM smelt.failures") == "0");
}

TEST_CASE("a trigger that raises the version at each change ends after `times`") {
    asking f{", again: {when: \"status = 'pending'\", version: updated_at, times: 2}"};
    f.run_to_end();
    for (int i = 0; i < 6; ++i) {
        f.ask("true"); // what somebody's trigger does after each run
        CHECK(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    }
    CHECK(f.attempts() == "9");
    CHECK(f.sql("SELECT count(*) FROM smelt.failures WHERE cause = 'again'") == "3");
}

TEST_CASE("rows that are done, changed or first seen ask for nothing") {
    asking f{""};
    f.run_to_end();
    auto yaml = f.files().read("pipeline.yaml");
    yaml.replace(yaml.find("key: id"), 7, "key: id, again: {when: \"status = 'pending'\", version: updated_at}");
    f.files().write("pipeline.yaml", yaml);
    f.run_to_end();
    CHECK(f.attempts() == "3"); // `again` is new: what is finished now stays so
    f.execute("UPDATE public.notes SET status = 'done', updated_at = 9");
    f.run_to_end();
    CHECK(f.attempts() == "3");
    f.execute("UPDATE public.notes SET status = 'pending' WHERE id = 1");
    f.run_to_end();
    CHECK(f.attempts() == "4"); // the version is that of `done`, but it was not sent in it
    f.execute("UPDATE public.notes SET title = 'Other', status = 'pending', updated_at = 10 WHERE id = 1");
    f.run_to_end();
    CHECK(f.attempts() == "5"); // once, for its content
    CHECK(f.sql("SELECT again_count FROM smelt.record WHERE key = '1'") == "1");
}

TEST_CASE("what needs a row's answer is asked again where that comes out different") {
    asking f{", again: {when: \"status = 'pending'\", version: updated_at}",
             title_task +
                 "  judge:\n    model: gpt-5-mini\n    needs: extract\n    user: \"{{tasks.extract.title}}\"\n    "
                 "output: {type: object, required: [ok], properties: {ok: {type: boolean}}}\n"};
    f.run_to_end();
    CHECK(f.attempts() == "6");
    f.ask();
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'extracted'") == "6");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded") == "0");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("mistakes in `again` are named") {
    const auto error = [](const std::string &again) {
        asking f{again};
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        CHECK(f.sql("SELECT count(*) FROM smelt.record") == "0");
        return done.err;
    };
    CHECK_THAT(error(", again: {when: \"state = 'pending'\", version: updated_at}"),
               SMELT_CONTAINS("source.again.when: PostgreSQL does not accept it") && SMELT_CONTAINS("state"));
    CHECK_THAT(error(", again: {when: \"status = 'pending'\", version: updated}"),
               SMELT_CONTAINS("source.again.version: the query has no column \"updated\"") &&
                   SMELT_CONTAINS("did you mean \"updated_at\"?"));
    CHECK_THAT(error(", again: {when: \"title::int = 1\", version: updated_at}"),
               SMELT_CONTAINS("source.sql or source.again.when"));
    CHECK_THAT(error(", again: {when: \"true\"}"), SMELT_CONTAINS("version"));
}

TEST_CASE("an ask while the row is being asked is not lost, and a time zone asks for nothing") {
    asking f;
    f.execute("ALTER TABLE public.notes ADD ver timestamptz DEFAULT '2026-01-01 12:00+00'");
    auto yaml = f.files().read("pipeline.yaml");
    yaml.replace(yaml.find("version: updated_at"), 19, "version: ver");
    yaml.replace(yaml.find("status, updated_at FROM"), 23, "status, ver FROM");
    f.files().write("pipeline.yaml", yaml);
    CHECK(f.smelt({"run"}).status == 0); // in flight
    f.execute("UPDATE public.notes SET ver = ver + interval '1 hour' WHERE id = 1");
    f.run_to_end();
    f.run_to_end();
    CHECK(f.attempts() == "4");
    auto elsewhere = f.smelt_command({"run", "--wait", "--poll", "100ms"});
    elsewhere.environment["PGTZ"] = "Asia/Tokyo";
    elsewhere.environment["PGDATESTYLE"] = "German";
    CHECK(run(elsewhere).status == 0);
    CHECK(f.attempts() == "4");
    // Taken out and put in again: what is finished stays so.
    const auto with = f.files().read("pipeline.yaml");
    auto without = with;
    const auto at = without.find(", again: {");
    f.files().write("pipeline.yaml", without.erase(at, without.find('}', at) + 1 - at));
    f.execute("UPDATE public.notes SET ver = ver + interval '1 hour'");
    f.run_to_end();
    f.files().write("pipeline.yaml", with);
    f.run_to_end();
    CHECK(f.attempts() == "4");
}

TEST_CASE("a row whose answer a person has judged may ask, and the answer stays until it is to be replaced") {
    asking f;
    f.run_to_end();
    CHECK(f.smelt({"approve", "notes", "--min-score", "0", "--where", "key = '2'"}).status == 0);
    f.ask("id IN (2, 3)");
    const auto done = f.run_to_end();
    CHECK_THAT(done.err + done.out,
               SMELT_CONTAINS("an answer that a person has judged stays although its row asks to be sent again"));
    CHECK(f.attempts() == "4");
    CHECK(f.sql("SELECT overtaken FROM smelt.status") == "1");
    f.run_to_end();
    CHECK(f.attempts() == "4");
    CHECK(f.smelt({"redo", "notes", "--changed", "--replace-reviewed"}).status == 0);
    f.run_to_end();
    CHECK(f.attempts() == "5");
    CHECK(f.sql("SELECT overtaken FROM smelt.status") == "0");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}
