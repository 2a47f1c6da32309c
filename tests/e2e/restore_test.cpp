#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>

using namespace smelt;
using namespace smelt::test;

namespace {

/// A pipeline whose database can be put back to how it was.
class restorable : public pipeline_fixture {
  public:
    restorable() : pipeline_fixture{{.records = 6, .simulator = {"--latency", "50ms", "--invalid-rate", "0.3"}}} {}

    void backup() { must({"pg_dump", {"--clean", "--if-exists", "--dbname", database().direct(), "--file", file()}}); }
    void restore() {
        must({"psql", {"-q", "-v", "ON_ERROR_STOP=1", "--dbname", database().direct(), "--file", file()}});
    }

  private:
    [[nodiscard]] std::string file() const { return (folder() / "backup.sql").string(); }
    static void must(std::pair<std::string, std::vector<std::string>> what) {
        command c;
        c.program = "/usr/bin/" + what.first;
        c.arguments = std::move(what.second);
        const auto done = run(c);
        INFO(done.err);
        REQUIRE(done.status == 0);
    }
};

/// Six records are done when the backup is made; then fourteen more are, and the backup comes back.
void lose_a_day(restorable &f) {
    f.run_to_end();
    f.backup();
    f.write_records(1, 20);
    f.run_to_end();
    f.check_promises();
    f.restore();
    f.reconnect();
}

} // namespace

TEST_CASE("after a restore nothing is sent until the lost batches are taken in, and then nothing is sent twice") {
    restorable f;
    lose_a_day(f);
    const auto before = f.counters();

    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 4);
    CHECK_THAT(refused.err, SMELT_CONTAINS("does not know"));
    CHECK_THAT(refused.err, SMELT_CONTAINS("smelt adopt --from-provider notes"));
    CHECK(f.counters()["batches_created"] == before["batches_created"]);

    const auto adopted = f.smelt({"adopt", "--from-provider", "notes"});
    INFO(adopted.out << adopted.err);
    CHECK(adopted.status == 0);
    CHECK_THAT(adopted.out, SMELT_CONTAINS("14 of 14 requests taken in"));
    f.check_promises();
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.counters()["batches_created"] == before["batches_created"]);
    CHECK_THAT(f.smelt({"adopt", "--from-provider", "notes"}).out, SMELT_CONTAINS("no batch"));
}

TEST_CASE("a lost batch whose requests are not waited for is left alone until it is dismissed") {
    restorable f;
    lose_a_day(f);
    f.write_records(1, 20, " in other words");
    const auto left = f.smelt({"adopt", "--from-provider", "notes"});
    INFO(left.out << left.err);
    CHECK(left.status == 4);
    CHECK_THAT(left.out, SMELT_CONTAINS("none of its requests is waited for here; --dismiss lets it go"));
    CHECK(f.smelt({"run"}).status == 4);
    const auto gone = f.smelt({"adopt", "--from-provider", "notes", "--dismiss"});
    CHECK(gone.status == 0);
    CHECK_THAT(gone.out, SMELT_CONTAINS("dismissed"));
    f.run_to_end();
    f.check_all_done(20);
}

TEST_CASE("a lost batch is taken in or dismissed by its own pipeline only, and waiting for a person ends") {
    restorable f;
    f.files().write("other.csv", "id,title,topic,note\no1,one,t,n\no2,two,t,n\n");
    f.write_another("{csv: other.csv, key: id}");
    REQUIRE(f.smelt({"load", "other.yaml"}).status == 0);
    lose_a_day(f);
    const auto created = f.counters()["batches_created"];
    const auto refused = f.smelt({"run", "other.yaml", "--wait", "--poll", "100ms", "--timeout", "20s", "--json"});
    CHECK(refused.status == 4);
    CHECK_THAT(refused.err,
               SMELT_CONTAINS("`smelt adopt --from-provider notes` takes") && !SMELT_CONTAINS("--from-provider other"));
    CHECK(json::parse(refused.out)["timed_out"] == false);

    const auto left = f.smelt({"adopt", "--from-provider", "other", "--dismiss"});
    INFO(left.out << left.err);
    CHECK(left.status == 4);
    CHECK_THAT(left.out, SMELT_CONTAINS("belongs to pipeline notes: say smelt adopt --from-provider notes"));
    CHECK_THAT(f.smelt({"adopt", "--from-provider", "notes"}).out, SMELT_CONTAINS("14 of 14 requests taken in"));
    CHECK(f.counters()["batches_created"] == created);
    f.run_to_end();
    CHECK(f.smelt({"run", "other.yaml", "--wait", "--poll", "100ms", "--timeout", "90s"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(f.counters()["duplicates"].dump() == "{}");
}

TEST_CASE("a batch that the backup knows only before it was sent is as unknown as one that it does not know") {
    restorable f;
    f.run_to_end();
    f.write_records(1, 20);
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_FAILPOINTS"] = "upload.after_call=delay:3s";
    process running{c};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 0");
    f.backup();
    REQUIRE(running.wait().status == 0);
    f.run_to_end();
    const auto created = f.counters()["batches_created"];
    f.restore();
    f.reconnect();
    REQUIRE(f.sql("SELECT count(*) FROM smelt.batch WHERE state = 0 AND send_until IS NULL") == "1");
    CHECK(f.smelt({"run"}).status == 4);
    CHECK(f.counters()["batches_created"] == created);
    CHECK(f.counters()["files_deleted"] == 0);
    const auto adopted = f.smelt({"adopt", "--from-provider", "notes"});
    INFO(adopted.out << adopted.err);
    CHECK(adopted.status == 0);
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.counters()["batches_created"] == created);
}

TEST_CASE("results that the provider has deleted are what somebody says of them") {
    pipeline_fixture f{{.records = 4}};
    f.fault(R"({"on":"content","status":404,"code":"not_found","message":"gone","count":9999})");
    const auto gone = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "2s"});
    CHECK_THAT(gone.err, SMELT_CONTAINS("smelt adopt 1 --absent"));
    f.forget_faults();
    CHECK(f.smelt({"adopt", "1", "--absent"}).status == 0);
    f.check_promises();
    f.run_to_end();
    f.check_all_done(4);
}

TEST_CASE("a lost batch of a task version that is gone is left alone") {
    restorable f;
    f.run_to_end();
    f.backup();
    f.write_records(1, 20);
    std::string changed = pipeline_fixture::default_task;
    changed.replace(changed.find("notes about"), 11, "remarks on ");
    f.write_pipeline(changed);
    f.run_to_end();
    f.restore();
    f.reconnect();
    f.write_pipeline(pipeline_fixture::default_task);
    CHECK(f.smelt({"run"}).status == 4);
    CHECK_THAT(f.smelt({"adopt", "--from-provider", "notes"}).out, SMELT_CONTAINS("put the pipeline file back"));
    CHECK(f.smelt({"run"}).status == 4);
    f.write_pipeline(changed);
    CHECK_THAT(f.smelt({"adopt", "--from-provider", "notes"}).out, SMELT_CONTAINS("14 of 14 requests taken in"));
    f.run_to_end();
    f.check_all_done(20);
}

TEST_CASE("doctor notices that the database has changed its cluster, until its batches were compared") {
    pipeline_fixture f{{.records = 2}};
    f.run_to_end();
    CHECK_THAT(f.smelt({"doctor"}).out, !SMELT_CONTAINS("restored, copied"));
    f.execute("UPDATE smelt.installation SET system_identifier = 1");
    CHECK_THAT(f.smelt({"doctor"}).out, SMELT_CONTAINS("restored, copied"));
    CHECK(f.smelt({"adopt", "--from-provider", "notes"}).status == 0);
    CHECK_THAT(f.smelt({"doctor"}).out, !SMELT_CONTAINS("restored, copied"));
}

TEST_CASE("failpoints: taking in a lost batch ends half-way") {
    restorable f;
    lose_a_day(f);
    const auto created = f.counters()["batches_created"];
    auto c = f.smelt_command({"adopt", "--from-provider", "notes"});
    c.environment["SMELT_FAILPOINTS"] = GENERATE("adopt.before_commit=kill", "adopt.after_commit=kill",
                                                 "adopt.before_commit=error", "adopt.after_commit=error");
    run(c);
    f.check_promises();
    CHECK(f.smelt({"adopt", "--from-provider", "notes"}).status == 0);
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.counters()["batches_created"] == created);
}
