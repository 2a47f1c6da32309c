#include "catch.hpp"
#include "portal_world.hpp"
#include "review_fixture.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

/// Stands in a record, so the simulator's answers to it hold it, too.
const std::string marker = "Xyzzy Plugh";

const std::string echo_task = "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: "
                              "object, required: [title], properties: {title: {type: string}}}\n    keep_raw: all\n    "
                              "retry: {attempts: 2, deliveries: 5, backoff: 20ms}\n";

/// Everything that the database holds, as pg_dump writes it.
std::string dump_of(const temp_database &database) {
    const auto done = run({"/usr/bin/pg_dump", {"-d", database.direct(), "--inserts"}});
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.out;
}

std::string files_of(const std::filesystem::path &folder) {
    std::string all;
    for (const auto &entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) {
            std::ifstream in{entry.path(), std::ios::binary};
            std::ostringstream text;
            text << in.rdbuf();
            all += text.str();
        }
    return all;
}

/// Records a to d; b is the person's.
struct person : pipeline_fixture {
    explicit person(const std::string &extra = {}, const std::string &task = echo_task,
                    const std::string &source = "{csv: records.csv, key: id}", const std::string &service = "openai",
                    std::vector<std::string> simulator = {"--latency", "100ms", "--invalid-rate", "0"},
                    const std::string &timing = options{}.timing)
        : pipeline_fixture{{.records = 1,
                            .simulator = std::move(simulator),
                            .extra = extra,
                            .task = task,
                            .source = source,
                            .name = service,
                            .timing = timing}} {
        files().write("records.csv", "id,title,mail\na,First,a@example.org\nb," + marker +
                                         ",b@example.org\nc,Third,c@example.org\nd,Fourth,d@example.org\n");
    }
    finished forget(std::vector<std::string> more = {"--key", "b"}) {
        std::vector<std::string> arguments{"forget", "notes", "--yes"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto done = smelt(arguments);
        INFO(done.err);
        CHECK(done.status == 0);
        return done;
    }
    /// Nothing of the person is left, in the database or beside it. raw and line are compressed, so their columns are
    /// looked at by themselves.
    void check_nothing_is_left() {
        const auto dump = dump_of(database());
        CHECK(dump.find(marker) == std::string::npos);
        CHECK(dump.find("b@example.org") == std::string::npos);
        CHECK(sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'f' AND num_nonnulls(output, raw, line, message, "
                  "findings) > 0") == "0");
        CHECK(sql("SELECT count(*) FROM smelt.attempt AS a WHERE a.emptied IS NULL AND NOT EXISTS (SELECT FROM "
                  "smelt.record AS r WHERE r.id = a.record_id)") == "0");
        std::filesystem::remove(folder() / "records.csv");
        std::filesystem::remove(folder() / "records.jsonl");
        CHECK(files_of(folder()).find(marker) == std::string::npos);
    }
    void check() {
        const auto deep = smelt({"doctor", "--deep"});
        INFO(deep.out);
        CHECK(deep.status == 0);
        CHECK(sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0 OR orphaned <> 0") == "0");
        CHECK(counters()["duplicates"].dump() == "{}");
    }
    std::string keys() { return sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.record"); }
    std::string spend() { return sql("SELECT sum(cost_usd) || ' ' || sum(input_tokens) FROM smelt.spend"); }
};

} // namespace

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

TEST_CASE("what is forgotten while it is under way is dropped when it comes back") {
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    REQUIRE(f.sql("SELECT state FROM smelt.batches") == "open");
    const auto done = f.forget();
    CHECK_THAT(done.out,
               SMELT_CONTAINS("1 request is under way: what comes back is dropped, and what was sent is paid for."));
    CHECK(dump_of(f.database()).find(marker) == std::string::npos);
    CHECK(f.sql("SELECT waiting FROM smelt.batches") == "4");
    f.check();
    const auto run = f.smelt({"run", "--wait", "--poll", "50ms"});
    CHECK(run.status == 0);
    CHECK_THAT(run.err, SMELT_CONTAINS("a record that was forgotten while it was under way is removed"));
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT accepted FROM smelt.batches") == "4");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'f' AND cost_picousd > 0") == "1");
    CHECK(f.sql("SELECT count(*) FROM smelt.forgotten_request") == "0");
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK(f.counters()["files_deleted"] >= 2);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a run that is killed at any moment leaves nothing of what is forgotten behind it") {
    const auto *const place = GENERATE("claim.after_commit", "build.after_render", "build.after_commit",
                                       "submit.after_intent", "submit.after_create", "collect.before_slice",
                                       "apply.before_attempts", "apply.before_items", "apply.after_commit");
    CAPTURE(place);
    person f;
    auto first = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    first.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    CHECK(run(first).signal == 9);
    f.forget();
    f.check();
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("forgetting that is killed has forgotten nothing, or is gone on with") {
    const auto *const place = GENERATE("forget.before_removal", "forget.before_settle", "forget.after_settle");
    CAPTURE(place);
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    auto command = f.smelt_command({"forget", "notes", "--key", "b", "--yes"});
    command.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    const auto first = run(command);
    CHECK((first.signal == 9 || first.status == 0));
    if (first.signal == 9) {
        CHECK(f.keys() == "a b c d");
        f.forget();
    }
    auto next = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    next.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    run(next);
    f.check();
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("an answer that is being stored while its record is forgotten is emptied, too") {
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    auto collecting = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    collecting.environment["SMELT_FAILPOINTS"] = "apply.before_items=delay:1500ms";
    process collector{collecting};
    f.wait_until_paused_in_transaction();
    f.forget();
    CHECK(collector.wait().status == 0);
    CHECK(f.smelt({"run"}).status == 0);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("what was rendered and not sent is not sent with a forgotten record") {
    const auto *const place = GENERATE("build.after_commit", "upload.after_call", "submit.before_intent");
    CAPTURE(place);
    person f;
    auto sending = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    sending.environment["SMELT_FAILPOINTS"] = std::string{place} + "=delay:2s@1";
    process run{sending};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 0 AND sent = 4");
    std::this_thread::sleep_for(
        std::chrono::milliseconds{800}); // the delay is inside of the transaction, or after the upload
    f.forget();
    CHECK(run.wait().status == 0);
    CHECK(f.counters()["requests_received"] == 3);
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    CHECK(f.counters()["files_uploaded"].get<int>() - f.counters()["files_deleted"].get<int>() <= 2);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a synchronous service is not asked about a forgotten record any more") {
    person f{
        {}, echo_task, "{csv: records.csv, key: id}", "direct", {"--answer-latency", "300ms", "--invalid-rate", "0"}};
    std::string rows = "id,title,mail\n";
    for (int i = 0; i < 20; ++i)
        rows += fmt::format("k{:02},Number {},x\n", i, i);
    f.files().write("records.csv", rows + "z," + marker + ",b@example.org\n");
    auto asking = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    process run{asking};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE dispatched > 0");
    f.forget({"--key", "z"});
    CHECK(run.wait().status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "20");
    CHECK(f.counters()["answers"] == 20);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("lines of a forgotten record in a duplicate job are dropped, and counted") {
    person f{{},
             echo_task,
             "{csv: records.csv, key: id}",
             "openai",
             {"--latency", "50ms", "--invalid-rate", "0"},
             "{send_window: 600ms, list_grace: 200ms, missing_wait: 200ms, lease: 5s, queue_full_hold: 200ms}"};
    f.fault(R"({"list_lag":3})");
    auto killed = f.smelt_command({"run"});
    killed.environment["SMELT_FAILPOINTS"] = "submit.after_create=kill";
    REQUIRE(run(killed).signal == 9);
    f.execute(
        "INSERT INTO smelt.hold (pipeline_id, task_id, kind, reason) SELECT pipeline_id, id, 'cancel', 'test' FROM "
        "smelt.task");
    // Nobody lists it in time, so the batch is abandoned.
    std::this_thread::sleep_for(std::chrono::milliseconds{1200});
    CHECK(f.smelt({"run"}).status == 0);
    REQUIRE(f.sql("SELECT state FROM smelt.batches") == "abandoned");
    f.forget();
    CHECK(f.keys() == "a c d");
    std::this_thread::sleep_for(std::chrono::milliseconds{2500});
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    CHECK(f.sql("SELECT accepted || ' ' || orphaned || ' ' || balance FROM smelt.ledger") == "3 1 0");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
    f.check_nothing_is_left();
}

TEST_CASE("requests of a run that was killed go with their records") {
    person f;
    auto first = f.smelt_command({"run"});
    first.environment["SMELT_FAILPOINTS"] = "build.after_commit=kill";
    CHECK(run(first).signal == 9);
    std::filesystem::rename(f.folder() / "records.csv", f.folder() / "home" / ".." / "kept");
    REQUIRE(files_of(f.folder() / "home").find(marker) != std::string::npos);
    f.forget();
    CHECK(files_of(f.folder() / "home").find(marker) == std::string::npos);
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

TEST_CASE("write-back is told of nothing but that a record was forgotten under way") {
    person f{{},
             echo_task +
                 "    write_back: {accepted: told.sql, skipped: told.sql, reopened: told.sql, forgotten: told.sql}\n"};
    f.execute("CREATE TABLE public.told (n bigserial, key text, event text)");
    f.files().write("told.sql", "INSERT INTO public.told (key, event) SELECT key, event FROM rows");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.forget();
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key || ' ' || event, ', ' ORDER BY key) FROM public.told") ==
          "a accepted, b forgotten, c accepted, d accepted");
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
