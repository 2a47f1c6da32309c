#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fstream>

using namespace smelt;
using namespace smelt::test;

namespace {

std::string task(const std::string &user, const std::string &output, const std::string &more = {}) {
    return "\n  extract:\n    model: gpt-5-mini\n    user: \"" + user + "\"\n    output: " + output +
           "\n    retry: {attempts: 2, deliveries: 2, backoff: 50ms}\n" + more;
}

const std::string title_only = "{type: object, required: [title], properties: {title: {type: string}}}";

std::string columns(pipeline_fixture &f) {
    return f.sql("SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = "
                 "'smelt_out.notes_extract'::regclass AND attnum > 0 AND NOT attisdropped");
}

std::size_t times(const std::string &text, const std::string &what) {
    std::size_t n = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++n;
    return n;
}

} // namespace

TEST_CASE("a refusal is said once on the screen, and a log in a file has it, too") {
    const std::string on = GENERATE("upload", "create");
    pipeline_fixture f{{.records = 3}};
    f.fault(R"({"on":")" + on + R"(","status":404,"message":"nothing answers here","count":1000})");
    const auto wrong = f.smelt({"run", "--log-file", "log"});
    INFO(wrong.out << wrong.err);
    CHECK(wrong.status == 4);
    CHECK(times(wrong.out + wrong.err, "nothing answers here") == 1);
    std::ifstream log{f.folder() / "log"};
    CHECK_THAT((std::string{std::istreambuf_iterator<char>{log}, {}}),
               SMELT_CONTAINS("error notes: ") && SMELT_CONTAINS("nothing answers here"));
}

TEST_CASE("a run that has waited shows no note of a pass that is over") {
    pipeline_fixture f{{.records = 4, .extra = "limits: {requests_per_batch: 2, open_batches: 1}"}};
    const auto first = json::parse(f.smelt({"run", "--json"}).out);
    CHECK_THAT(first["notes"].dump(), SMELT_CONTAINS("batches are open, the limit"));
    const auto last = f.smelt({"run", "--wait", "--poll", "100ms", "--json"});
    CHECK(last.status == 0);
    CHECK(json::parse(last.out)["notes"].dump() == "[]");
    f.check_all_done(4);
}

TEST_CASE("the end of the time given by --timeout is said once") {
    pipeline_fixture f{{.records = 1, .simulator = {"--latency", "60s"}}};
    const auto over = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "300ms"});
    CHECK(over.status == 0);
    CHECK(times(over.out, "--timeout is over") == 1);
}

TEST_CASE("files that cannot be deleted at the provider do not make a finished run fail") {
    pipeline_fixture f{{.records = 3, .provider = ", delete_files: true"}};
    f.fault(R"({"on":"delete","status":403,"message":"no","count":1000})");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    auto without_key = f.smelt_command({"run", "--wait"});
    without_key.environment["TEST_KEY"] = std::nullopt;
    const auto again = run(without_key);
    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE files_deleted_at IS NULL") == "1");
    f.forget_faults();
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE files_deleted_at IS NULL") == "0");
}

TEST_CASE("a changed output schema changes the columns of its view") {
    pipeline_fixture f{{.records = 3, .task = task("{{title}}", title_only)}};
    f.run_to_end();
    CHECK_THAT(columns(f), SMELT_CONTAINS("key title score"));
    f.write_pipeline(task("{{title}}", "{type: object, required: [title, year], properties: {title: {type: string}, "
                                       "year: {type: integer}}}"));
    CHECK_THAT(f.run_to_end().err, SMELT_CONTAINS("smelt redo notes --changed"));
    CHECK_THAT(columns(f), SMELT_CONTAINS("key title year score"));
    f.write_pipeline(task("{{title}}", "{type: object, required: [name], properties: {name: {type: boolean}}}"));
    f.run_to_end();
    CHECK_THAT(columns(f), SMELT_CONTAINS("key name score"));
}

TEST_CASE("a view that others depend on keeps its columns, and the message names them") {
    pipeline_fixture f{{.records = 3, .task = task("{{title}}", title_only)}};
    f.run_to_end();
    f.execute("CREATE VIEW public.mine AS SELECT title FROM smelt_out.notes_extract");
    f.write_pipeline(task("{{title}}", "{type: object, required: [name], properties: {name: {type: string}}}"));
    CHECK_THAT(f.run_to_end().err, SMELT_CONTAINS("view mine depends on view"));
    CHECK_THAT(columns(f), SMELT_CONTAINS("key title score"));
}

TEST_CASE("redo reads the file first, so an edit just made counts, and names what only retry requeues") {
    pipeline_fixture f{{.records = 3, .task = task("{{title}}", title_only)}};
    f.run_to_end();
    f.execute(
        "UPDATE smelt.item SET status = 4, accepted_batch_id = NULL WHERE record_id = (SELECT min(record_id) FROM "
        "smelt.item)");
    f.write_pipeline(task("Title: {{title}}", title_only));
    const auto redone = f.smelt({"redo", "notes", "--changed"}).out;
    CHECK_THAT(redone, SMELT_CONTAINS("2 items are pending again"));
    CHECK_THAT(redone, SMELT_CONTAINS("`smelt retry notes` makes pending again: 1."));
}

TEST_CASE("a field that no record has stops every task before anything is sent, also that of a later task") {
    pipeline_fixture f{
        {.records = 3,
         .task = task("{{title}}", title_only,
                      "  judge:\n    needs: extract\n    model: gpt-5-mini\n    user: \"{{nosuch}}\"\n")}};
    for (const auto &options : {std::vector<std::string>{"run", "--dry-run"}, {"run"}}) {
        const auto done = f.smelt(options);
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS("{{nosuch}}"));
    }
    CHECK(f.counters()["requests_received"] == 0);
}

TEST_CASE("a rule that is not boolean is refused when the pipeline is read") {
    const std::string check = GENERATE("output->>'title'", "length(output->>'title')", "1");
    pipeline_fixture f{
        {.records = 3, .task = task("{{title}}", title_only, "    rules: [{name: odd, check: \"" + check + "\"}]\n")}};
    const auto done = f.smelt({"run"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("rule odd") && SMELT_CONTAINS("boolean"));
    CHECK(f.counters()["requests_received"] == 0);
}

TEST_CASE("a refused key is a hold that every run tells of, and the right key lifts it") {
    pipeline_fixture f{{.records = 3, .simulator = {"--latency", "50ms", "--key", "right"}}};
    const auto wrong = f.smelt({"run"});
    CHECK(wrong.status == 4);
    CHECK_THAT(wrong.err, SMELT_CONTAINS("HTTP 401"));
    CHECK(times(wrong.out + wrong.err, "HTTP 401") == 1);
    CHECK(f.smelt({"run"}).status == 4);
    CHECK(f.smelt({"doctor"}).status == 4);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches") == "0");
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("HTTP 401"));
    auto right = f.smelt_command({"run", "--wait", "--poll", "100ms"});
    right.environment["TEST_KEY"] = "right";
    CHECK(run(right).status == 0);
    f.check_all_done(3);
    CHECK(f.sql("SELECT hold IS NULL FROM smelt.status") == "t");
    CHECK(f.smelt({"doctor"}).status == 0);
}

TEST_CASE("one pipeline's wrong key does not keep another from sending at the same address") {
    pipeline_fixture f{{.records = 3, .simulator = {"--latency", "50ms", "--key", "right"}}};
    CHECK(f.smelt({"run"}).status == 4);
    f.write_another("{csv: records.csv, key: id}");
    auto right = f.smelt_command({"run", "other.yaml", "--wait", "--poll", "100ms"});
    right.environment["TEST_KEY"] = "right";
    const auto done = run(right);
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.sql("SELECT extracted FROM smelt.status WHERE pipeline = 'other' AND hold IS NULL") == "3");
    CHECK(f.sql("SELECT hold IS NOT NULL FROM smelt.status WHERE pipeline = 'notes'") == "t");
}

TEST_CASE("an upload that is refused is a hold, and not rendered again in every pass") {
    pipeline_fixture f{{.records = 3}};
    f.fault(R"({"on":"upload","status":400,"code":"bad_purpose","message":"not here","count":100})");
    const auto refused = f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "20s"});
    CHECK(refused.status == 4);
    CHECK_THAT(refused.err, SMELT_CONTAINS("not here"));
    CHECK(f.counters()["faults_struck"]["upload"] == 1);
    CHECK(f.smelt({"run"}).status == 4);
    CHECK(f.counters()["faults_struck"]["upload"] == 1);
    f.forget_faults();
    CHECK(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    f.check_all_done(3);
}

TEST_CASE("a hold of the account is seen and lifted from each pipeline that uses it") {
    pipeline_fixture f{{.records = 3}};
    f.fault(R"({"on":"create","status":429,"code":"insufficient_quota","message":"quota"})");
    CHECK(f.smelt({"run"}).status == 4);
    CHECK_THAT(f.sql("SELECT hold FROM smelt.status"), SMELT_CONTAINS("quota"));
    CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("until `smelt resume notes`"));
    CHECK(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    f.check_all_done(3);
}

TEST_CASE("an unknown batch is not adopted under the id of another one") {
    pipeline_fixture f{{.records = 4, .simulator = {"--latency", "100ms"}, .extra = "limits: {requests_per_batch: 2}"}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto first = f.sql("SELECT remote_id FROM smelt.batches ORDER BY id LIMIT 1");
    const auto second = f.sql("SELECT remote_id FROM smelt.batches ORDER BY id DESC LIMIT 1");
    const auto id = f.sql("SELECT max(id) FROM smelt.batches");
    f.execute("UPDATE smelt.batch SET state = 2, remote_id = NULL WHERE id = " + id);
    CHECK_THAT(f.smelt({"adopt", id, first}).err, SMELT_CONTAINS("already"));

    // Even when the database cannot know: what is there carries another nonce.
    f.execute("UPDATE smelt.batch SET state = 3, remote_id = '" + first + "' WHERE id = " + id);
    CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("another nonce"));
    f.run_to_end();
    CHECK(f.sql("SELECT remote_id FROM smelt.batches WHERE id = " + id) == second);
    CHECK(f.counters()["batches_created"] == 2);
    f.check_all_done(4);
}

TEST_CASE("a query that PostgreSQL refuses is named as the source") {
    pipeline_fixture f{{.records = 0, .source = R"({sql: "select id from nosuch;", key: id})"}};
    const auto done = f.smelt({"run"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("pipeline.yaml: source.sql: PostgreSQL does not accept it"));
}

TEST_CASE("two simulators do not share a folder") {
    sim_server one;
    command two;
    two.program = std::filesystem::path{SMELT_BINARY_DIR} / "bin/smelt-sim";
    two.arguments = {"--port", "0", "--data", one.data().string()};
    const auto refused = run(two);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("another smelt-sim uses"));
}

TEST_CASE("a field that all_fields leaves out must be there, or a name would be sent after all") {
    pipeline_fixture f{{.records = 2, .task = R"(
  t:
    model: m
    user: "{{all_fields}}"
    all_fields: {except: [nmae]}
)"}};
    const auto done = f.smelt({"run"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("all_fields names nmae, which no record has; nothing was sent"));
    CHECK(f.counters()["batches_created"] == 0);
}
