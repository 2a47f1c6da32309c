#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <random>
#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string told_by = "\n    write_back: {accepted: [done.sql, log.sql], doubtful: log.sql, failed: log.sql, "
                            "skipped: log.sql, reopened: log.sql}\n";
const std::string book_task_of_table =
    "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, required: "
    "[title], "
    "properties: {title: {type: string}}}\n    retry: {attempts: 2, deliveries: 50, backoff: 1ms}";

/// A table of the user's that is the source and is written into, and a log of all events in their order.
struct books : pipeline_fixture {
    explicit books(const std::string &task = book_task_of_table + told_by, const std::string &extra = {},
                   const std::string &more_source = {},
                   std::vector<std::string> simulator = {"--latency", "50ms", "--invalid-rate", "0"})
        : pipeline_fixture{{.records = 1,
                            .simulator = std::move(simulator),
                            .extra = extra,
                            .task = task,
                            .source = "{sql: \"SELECT id, title, status, updated_at FROM public.books\", key: id" +
                                      more_source + "}"}} {
        execute("CREATE TABLE public.books (id int PRIMARY KEY, title text, status text DEFAULT 'pending', found text, "
                "updated_at int DEFAULT 0)");
        execute("CREATE TABLE public.log (n bigserial, key text, event text, status text, detail text, batch int)");
        execute("INSERT INTO public.books SELECT n, 'Book ' || n FROM generate_series(1, 6) AS n");
        files().write("done.sql",
                      "UPDATE public.books AS b SET status = 'done', found = r.output->>'title'\n  FROM rows AS r "
                      "WHERE b.id = r.key::int;\n");
        files().write("log.sql",
                      "INSERT INTO public.log (key, event, status, detail, batch)\nSELECT key, event, status, "
                      "coalesce(reason, '') || coalesce(': ' || message, ''), batch FROM rows");
    }
    std::string events(const std::string &where = "true") {
        return sql("SELECT coalesce(string_agg(key || ' ' || event, ', ' ORDER BY n), '') FROM public.log WHERE " +
                   where);
    }
    std::string count(const std::string &event) {
        return sql("SELECT count(*) FROM public.log WHERE event = '" + event + "'");
    }
    std::string attempts() { return sql("SELECT count(*) FROM smelt.attempt"); }
    std::string queued() { return sql("SELECT count(*) FROM smelt.write_back"); }
    void replace(const std::string &old, const std::string &now) {
        auto yaml = files().read("pipeline.yaml");
        REQUIRE(yaml.find(old) != std::string::npos);
        files().write("pipeline.yaml", yaml.replace(yaml.find(old), old.size(), now));
    }
    void check() {
        const auto done = smelt({"doctor", "--deep"});
        INFO(done.out);
        CHECK(done.status == 0);
    }
};

} // namespace

TEST_CASE("what becomes of items is written into the user's tables, once") {
    books f{book_task_of_table + told_by, "prefilter: [{name: fifth, skip_if: \"fields->>'id' = '5'\"}]\n"};
    f.fault(R"({"refuse_lines":1})");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.count("accepted") == "4");
    CHECK(f.count("failed") == "1");
    CHECK(f.sql("SELECT key || ' ' || status || ' ' || detail FROM public.log WHERE event = 'skipped'") ==
          "5 skipped fifth");
    CHECK_THAT(f.sql("SELECT status || ' ' || detail FROM public.log WHERE event = 'failed'"),
               SMELT_CONTAINS("failed refused"));
    CHECK(f.sql("SELECT count(*) FROM public.books WHERE status = 'done' AND found IS NOT NULL") == "4");
    CHECK(f.queued() == "0");
    f.forget_faults();
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM public.log") == "6");
    CHECK(f.smelt({"retry", "notes"}).status == 0);
    f.run_to_end();
    const auto failed = f.sql("SELECT key FROM public.log WHERE event = 'failed'");
    CHECK(f.events("key = '" + failed + "'") == failed + " failed, " + failed + " reopened, " + failed + " accepted");
    CHECK(f.sql("SELECT string_agg(event, ' ' ORDER BY n) FROM public.log WHERE key = '1' OR key = '5'")
              .find("accepted") != std::string::npos);
    f.check();
}

TEST_CASE("a result below review_below is doubtful and not accepted, and redo reopens") {
    books f{book_task_of_table +
            "\n    score: {confidence: \"$.title\", review_below: 0.5}\n    rules: [{name: odd, check: "
            "\"false\", severity: soft, weight: 0.9}]" +
            told_by};
    f.replace("score: {confidence: \"$.title\", review_below: 0.5}", "score: {review_below: 0.5}");
    f.run_to_end();
    CHECK(f.count("doubtful") == "6");
    CHECK(f.count("accepted") == "0");
    CHECK(f.smelt({"redo", "notes", "--key", "2"}).status == 0);
    f.run_to_end();
    CHECK(f.events("key = '2'") == "2 doubtful, 2 reopened, 2 doubtful");
    CHECK(f.queued() == "0");
}

TEST_CASE("a row that cannot be written stays with its error and holds up nothing") {
    books f;
    f.execute("ALTER TABLE public.books ADD CHECK (id <> 3 OR status <> 'done')");
    const auto run = f.smelt({"run", "--wait", "--poll", "50ms", "--fail-on-failures"});
    CHECK(run.status == 3);
    CHECK_THAT(run.out + run.err,
               SMELT_CONTAINS("1 event could not be written back, first task extract, key 3: new row for relation"));
    CHECK(f.sql("SELECT count(*) FROM public.books WHERE status = 'done'") == "5");
    CHECK(f.count("accepted") == "5");
    CHECK(f.sql("SELECT event || ' ' || tries FROM smelt.write_back") == "1 1");
    CHECK_THAT(f.smelt({"write-back", "notes", "--dry-run"}).out,
               SMELT_CONTAINS("extract: 1 accepted event waits, 1 of them could not be written"));
    f.execute("ALTER TABLE public.books DROP CONSTRAINT books_check");
    CHECK_THAT(f.smelt({"write-back", "notes"}).out, SMELT_CONTAINS("Nothing was written back"));
    CHECK_THAT(f.smelt({"write-back", "notes", "--retry"}).out, SMELT_CONTAINS("Wrote back 1 event"));
    CHECK(f.count("accepted") == "6");
    CHECK(f.queued() == "0");
    CHECK(f.attempts() == "6");
}

TEST_CASE("a deferred constraint blames its row") {
    books f;
    f.execute("CREATE TABLE public.allowed (id int PRIMARY KEY)");
    f.execute("INSERT INTO public.allowed SELECT n FROM generate_series(1, 5) AS n");
    f.execute("CREATE TABLE public.found (id int REFERENCES public.allowed DEFERRABLE INITIALLY DEFERRED)");
    f.files().write("done.sql", "INSERT INTO public.found SELECT key::int FROM rows");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM public.found") == "5");
    CHECK(f.sql("SELECT count(*) FROM smelt.write_back WHERE error LIKE '%foreign key%'") == "1");
}

TEST_CASE("a locked table delays what is written, and fails no row") {
    books f;
    db::connection other{f.database().conninfo(), "somebody"};
    {
        db::transaction tx{other};
        tx.exec("LOCK TABLE public.log");
        const auto run = f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "6s"});
        INFO(run.out << run.err);
        CHECK(run.status == 0);
        CHECK(f.sql("SELECT count(*) FROM smelt.write_back WHERE error IS NULL") == "6");
    }
    f.run_to_end();
    CHECK(f.count("accepted") == "6");
    CHECK(f.queued() == "0");
}

TEST_CASE("what write-back changes in the source is sent to nobody") {
    books f{book_task_of_table + told_by};
    f.replace("Title: {{title}}", "Title: {{title}} ({{status}})");
    const auto first = f.smelt({"run", "--wait", "--poll", "50ms"});
    CHECK_THAT(first.out, SMELT_CONTAINS("write_back changes the field status, which is part of the content") &&
                              SMELT_CONTAINS("source.content"));
    for (int i = 0; i < 2; ++i)
        f.run_to_end();
    CHECK(f.attempts() == "6");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE fields->>'status' = 'done'") == "6");
    f.execute("UPDATE public.books SET title = 'Other' WHERE id = 2"); // the user's own change counts
    f.run_to_end();
    CHECK(f.attempts() == "7");
    f.check();
}

TEST_CASE("write-back and a trigger on the version make no loop of rows that ask again") {
    books f{
        book_task_of_table + told_by, {}, ", again: {when: \"status IN ('pending', 'failed')\", version: updated_at}"};
    f.execute("CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := "
              "OLD.updated_at + 1; RETURN NEW; END $$");
    f.execute("CREATE TRIGGER touch BEFORE UPDATE ON public.books FOR EACH ROW EXECUTE FUNCTION public.touch()");
    f.files().write("done.sql",
                    "UPDATE public.books AS b SET status = 'failed' FROM rows AS r WHERE b.id = r.key::int");
    for (int i = 0; i < 3; ++i)
        f.run_to_end();
    CHECK(f.attempts() == "6");
    f.execute("UPDATE public.books SET status = 'pending' WHERE id = 4");
    f.run_to_end();
    f.run_to_end();
    CHECK(f.attempts() == "7");
    CHECK(f.events("key = '4'") == "4 accepted, 4 reopened, 4 accepted");
}

TEST_CASE("write_back that is added later is caught up with --all") {
    books f{book_task_of_table};
    f.run_to_end();
    f.write_pipeline(book_task_of_table + told_by);
    f.run_to_end();
    CHECK(f.count("accepted") == "0");
    CHECK_THAT(f.smelt({"write-back", "notes", "--all", "--since", "2100-01-01"}).out,
               SMELT_CONTAINS("Nothing was written back"));
    const auto done = f.smelt({"write-back", "notes", "--all", "--json"});
    CHECK(json::parse(done.out)["written"] == 6);
    CHECK(f.count("accepted") == "6");
    CHECK(f.smelt({"write-back", "notes", "--all", "--since", "yesterday"}).status == 1);
    f.write_pipeline(book_task_of_table);
    CHECK_THAT(f.smelt({"write-back", "notes"}).err, SMELT_CONTAINS("no task of notes has write_back"));
}

TEST_CASE("copies are told of, too, and what depends on others is told of once more") {
    books f{book_task_of_table + told_by +
                "  judge:\n    model: gpt-5-mini\n    needs: extract\n    user: "
                "\"{{tasks.extract.title}}\"\n    output: {type: object, required: [ok], "
                "properties: {ok: {type: boolean}}}" +
                told_by,
            "dedupe: {by: \"fields->>'title'\"}\n"};
    f.files().write("done.sql", "SELECT 1 FROM rows");
    f.execute("UPDATE public.books SET title = 'Book 1' WHERE id = 2");
    f.run_to_end();
    CHECK(f.count("accepted") == "12");
    CHECK(f.attempts() == "10");
    f.execute("UPDATE public.books SET title = 'Alone' WHERE id = 2");
    f.run_to_end();
    CHECK(f.events("key = '2'") == "2 accepted, 2 accepted, 2 reopened, 2 reopened, 2 accepted, 2 accepted");
    CHECK(f.smelt({"redo", "notes", "--task", "extract", "--key", "3"}).status == 0);
    f.run_to_end();
    CHECK(f.events("key = '3'") == "3 accepted, 3 accepted, 3 reopened, 3 reopened, 3 accepted, 3 accepted");
    CHECK(f.attempts() == "13"); // the answer came out equal
    f.check();
}

TEST_CASE("statements that are no single change of rows are refused when the file is read") {
    const auto error = [](const std::string &sql) {
        books f;
        f.files().write("done.sql", sql);
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        CHECK(f.sql("SELECT count(*) FROM smelt.record") == "0");
        return done.err;
    };
    for (const auto *sql :
         {"COMMIT", "SET search_path = x", "DO $$ BEGIN END $$", "COPY public.log TO '/tmp/x'", "SAVEPOINT a",
          "CALL f()", "RESET ALL", "TRUNCATE public.log", "DELETE FROM public.log; COMMIT",
          "UPDATE public.nothing SET a = 1", "SELECT missing FROM rows"}) {
        INFO(sql);
        CHECK_THAT(error(sql), SMELT_CONTAINS("done.sql: write_back: PostgreSQL does not accept it"));
    }
    CHECK_THAT(error("SELECT set_config('a.b', 'c', false)"), SMELT_CONTAINS("set_config"));
    CHECK_THAT(error("  "), SMELT_CONTAINS("is empty"));
    CHECK_THAT(error("SELECT $1::text FROM rows"), SMELT_CONTAINS("$1 stands for nothing"));
    books f{book_task_of_table + "\n    write_back: {accepted: nofile.sql}\n"};
    CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("there is no file") && SMELT_CONTAINS("nofile.sql"));
}

TEST_CASE("a run that ends anywhere while it writes back writes each event once") {
    const auto *const name = GENERATE("write_back.before_commit", "write_back.after_commit", "apply.after_commit");
    const auto *const how = GENERATE("kill@1", "kill@2", "error@1");
    INFO(name << "=" << how);
    books f;
    auto c = f.smelt_command({"run", "--wait", "--poll", "50ms", "--timeout", "30s"});
    c.environment["SMELT_FAILPOINTS"] = std::string{name} + "=" + how;
    run(c);
    f.run_to_end();
    CHECK(f.smelt({"redo", "notes", "--key", "2"}).status == 0);
    run(c);
    f.run_to_end();
    CHECK(f.events("key = '2'") == "2 accepted, 2 reopened, 2 accepted");
    CHECK(f.count("accepted") == "7");
    CHECK(f.queued() == "0");
}

TEST_CASE("a server that goes away while events are written loses none and writes none twice") {
    books f;
    auto c = f.smelt_command({"run", "--wait", "--poll", "50ms", "--timeout", "30s"});
    c.environment["SMELT_FAILPOINTS"] = "write_back.before_commit=delay:3s@1";
    process running{c};
    f.wait_until_paused_in_transaction();
    f.end_connections();
    const auto done = running.wait();
    INFO(done.err);
    CHECK((done.status == 0 || done.status == 2)); // what remains is tried again while the run lasts
    f.run_to_end();
    CHECK(f.count("accepted") == "6");
    CHECK(f.queued() == "0");
}

TEST_CASE("a row that is skipped and asks to be sent again is told so once more") {
    books f{book_task_of_table + told_by, "prefilter: [{name: fifth, skip_if: \"fields->>'id' = '5'\"}]\n",
            ", again: {when: \"status = 'pending'\", version: updated_at}"};
    f.run_to_end();
    CHECK(f.events("key = '5'") == "5 skipped");
    f.execute("UPDATE public.books SET status = 'done'");
    f.run_to_end();
    f.execute("UPDATE public.books SET status = 'pending', updated_at = updated_at + 1 WHERE id = 5");
    f.run_to_end();
    f.run_to_end();
    CHECK(f.events("key = '5'") == "5 skipped, 5 skipped");
    CHECK(f.attempts() == "5");
}

TEST_CASE("two writers bring the events of one record in their order") {
    books f;
    f.run_to_end();
    f.execute("TRUNCATE public.log");
    // The same record fails, is reopened and accepted, again and again.
    f.execute(
        "INSERT INTO smelt.write_back (pipeline_id, task_id, record_id, batch_id, event) SELECT i.pipeline_id, "
        "i.task_id, i.record_id, i.accepted_batch_id, e.event FROM generate_series(1, 250) AS n CROSS JOIN (VALUES "
        "(1, 16), (2, 4), (3, 16), (4, 1)) AS e (place, event) CROSS JOIN smelt.item AS i ORDER BY n, e.place");
    std::thread other{[&f] { f.smelt({"write-back", "notes"}); }};
    f.smelt({"write-back", "notes"});
    other.join();
    f.smelt({"write-back", "notes"});
    CHECK(f.queued() == "0");
    CHECK(f.sql("SELECT count(*) FROM public.log") == "6000");
    CHECK(
        f.sql(
            "SELECT count(*) FROM (SELECT event, lag(event) OVER (PARTITION BY key ORDER BY n) AS before FROM "
            "public.log) AS x WHERE before IS NOT NULL AND (before, event) NOT IN (('reopened', 'failed'), ('failed', "
            "'reopened'), ('reopened', 'accepted'), ('accepted', 'reopened'))") == "0");
}

TEST_CASE("what somebody else changes in the source meanwhile is still sent") {
    books f;
    CHECK(f.smelt({"run"}).status == 0); // in flight
    f.execute("UPDATE public.books SET title = 'Edited' WHERE id = 3");
    while (f.sql("SELECT count(*) FROM smelt.batch WHERE state < 5") != "0")
        REQUIRE(f.smelt({"run", "--collect-only"}).status == 0);
    f.run_to_end();
    CHECK(f.attempts() == "7");
    CHECK(f.sql("SELECT output->>'title' FROM smelt.results WHERE key = '3'").find("Edited") != std::string::npos);
}

TEST_CASE("rows are blamed whatever PostgreSQL says of them, and the rest is written") {
    const auto *const state = GENERATE("42P01", "0A000", "40001", "57014", "55P03", "P0001");
    INFO(state);
    books f;
    f.execute(fmt::format(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.key = '2' THEN "
        "RAISE EXCEPTION 'no' USING errcode = '{}'; END IF; RETURN NEW; END $$",
        state));
    f.execute("CREATE TRIGGER refuse BEFORE INSERT ON public.log FOR EACH ROW EXECUTE FUNCTION public.refuse()");
    const auto run = f.smelt({"run", "--wait", "--poll", "50ms", "--fail-on-failures", "--timeout", "60s"});
    CHECK(run.status == 3);
    CHECK_THAT(run.out, SMELT_CONTAINS("1 event could not be written back, first task extract, key 2: no"));
    CHECK(f.count("accepted") == "5");
}

TEST_CASE("many refused rows hold up none behind them, and a missing right is an error of the run") {
    books f;
    f.execute("INSERT INTO public.books SELECT n, 'Book ' || n FROM generate_series(7, 300) AS n");
    f.execute("ALTER TABLE public.log ADD CHECK (key::int > 250)");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "60s"}).status == 0);
    CHECK(f.count("accepted") == "50");
    f.execute("ALTER TABLE public.log DROP CONSTRAINT log_key_check");
    CHECK_THAT(f.smelt({"write-back", "notes", "--retry"}).out, SMELT_CONTAINS("Wrote back 250 events"));

    books g;
    g.run_to_end();
    g.files().write("done.sql", "UPDATE public.nothing_yet SET a = key FROM rows");
    g.execute("CREATE TABLE public.nothing_yet (a text)");
    CHECK(g.smelt({"redo", "notes", "--key", "1"}).status == 0);
    g.execute("DROP TABLE public.log");
    const auto run = g.smelt({"run", "--wait", "--poll", "50ms"});
    CHECK(run.status == 1);
    CHECK_THAT(run.err, SMELT_CONTAINS("log.sql: write_back: PostgreSQL does not accept it"));
}

TEST_CASE("a dry run drops nothing, and a task that goes takes its events along") {
    books f;
    f.execute("ALTER TABLE public.log ADD CHECK (key <> '1')");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.queued() == "1");
    const auto whole = f.files().read("pipeline.yaml");
    f.replace("accepted: [done.sql, log.sql], ", "");
    CHECK_THAT(f.smelt({"write-back", "pipeline.yaml", "--dry-run"}).out, SMELT_CONTAINS("1 accepted event waits"));
    CHECK(f.queued() == "1");
    f.files().write("pipeline.yaml", whole);
    f.write_pipeline("\n  other:\n    model: gpt-5-mini\n    user: \"{{title}}\"\n");
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms", "--fail-on-failures"}).status == 0);
    CHECK(f.queued() == "0");
}

TEST_CASE("a copy that becomes a record of its own is told once what it is then") {
    books f{
        book_task_of_table + told_by,
        "prefilter: [{name: short, skip_if: \"length(fields->>'title') < 3\"}]\ndedupe: {by: \"fields->>'title'\"}\n"};
    f.execute("UPDATE public.books SET title = 'Book 1' WHERE id IN (1, 2, 3)");
    f.run_to_end();
    CHECK(f.events("key = '2'") == "2 accepted");
    // The original becomes another, one copy is filtered, and the other one is asked.
    f.execute("UPDATE public.books SET title = CASE id WHEN 1 THEN 'Another' WHEN 2 THEN 'x' ELSE title END");
    f.run_to_end();
    CHECK(f.events("key = '2'") == "2 accepted, 2 reopened, 2 skipped");
    CHECK(f.events("key = '3'") == "3 accepted, 3 reopened, 3 accepted");
    CHECK(f.events("key = '1'") == "1 accepted, 1 reopened, 1 accepted");
    CHECK(f.attempts() == "6");
    f.check();
}
