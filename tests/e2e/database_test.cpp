#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

finished must(finished done) {
    INFO(done.out);
    INFO(done.err);
    CHECK(done.status == 0);
    return done;
}

/// A pipeline, and another database on the same server.
struct two_databases : pipeline_fixture {
    two_databases() : pipeline_fixture{{.records = 6}} {}

    /// A command on the other one.
    finished there(std::vector<std::string> arguments) {
        auto c = smelt_command(std::move(arguments));
        c.arguments.back() = other.conninfo();
        return run(c);
    }
    [[nodiscard]] std::string ask_there(const std::string &query) const {
        db::connection c{other.conninfo(), "test"};
        return value_of(c, query);
    }
    std::string dump() { return (folder() / "smelt.dump").string(); }

    temp_database other{temp_database::content::empty};
};

} // namespace

TEST_CASE("a dump is restored as it was, also where its roles are not there") {
    two_databases f;
    f.run_to_end();
    f.execute("CREATE ROLE smelt_only_here");
    f.execute("GRANT SELECT ON smelt.record TO smelt_only_here; CREATE TABLE public.mine (x int)");
    CHECK_THAT(must(f.smelt({"db", "dump", f.dump()})).out, SMELT_CONTAINS("Written: "));
    f.execute("REVOKE ALL ON smelt.record FROM smelt_only_here; DROP ROLE smelt_only_here");
    CHECK((std::filesystem::status(f.dump()).permissions() & std::filesystem::perms{077}) ==
          std::filesystem::perms::none);
    must(f.there({"db", "restore", f.dump()}));
    CHECK(f.ask_there("SELECT count(*) FROM smelt.results") == "6");
    CHECK(f.ask_there("SELECT count(*) FROM smelt_out.notes_extract") == "6");
    CHECK(f.ask_there("SELECT to_regclass('public.mine') IS NULL") == "t");
    CHECK(f.ask_there("SELECT has_schema_privilege('public', 'smelt_functions', 'USAGE')") == "t");
    must(f.there({"run", "--wait", "--poll", "50ms"}));
    CHECK(f.counters()["requests_billed"] == 6);
    const auto again = f.there({"db", "restore", f.dump()});
    CHECK(again.status == 1);
    CHECK_THAT(again.err, SMELT_CONTAINS("has a schema smelt already"));
}

TEST_CASE("what cannot be dumped or restored is refused, and nothing is left of it") {
    two_databases f;
    f.run_to_end();
    const auto refused = [](const finished &done, const std::string &why) {
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS(why));
    };
    refused(f.there({"db", "dump", f.dump()}), "nothing of smelt");
    CHECK_FALSE(std::filesystem::exists(f.dump()));
    refused(f.there({"db", "restore", f.dump()}), "there is no file");
    f.files().write("text.dump", "no dump");
    refused(f.there({"db", "restore", "text.dump"}), "pg_restore ended with status 1");
    CHECK(f.ask_there("SELECT to_regnamespace('smelt') IS NULL") == "t");
    refused(f.smelt({"db", "dump", "/nowhere/at/all"}), "cannot write /nowhere/at/all");
    REQUIRE(run({"/usr/bin/mkfifo", {(f.folder() / "pipe").string()}}).status == 0);
    refused(f.smelt({"db", "dump", "pipe"}), "is no regular file");
    CHECK(std::filesystem::is_fifo(f.folder() / "pipe"));
    REQUIRE(run({"/usr/bin/pg_dump", {"-Fc", "-f", (f.folder() / "foreign.dump").string(), "-d", f.other.direct()}})
                .status == 0);
    refused(f.there({"db", "restore", "foreign.dump"}), "is no dump of smelt");
    refused(f.smelt({"db", "dump"}), "takes one argument");
    refused(f.smelt({"db", "status", "x"}), "takes no arguments");
    refused(f.smelt({"db", "dump", "x", "--copy"}), "--copy is about");
}

TEST_CASE("a copy sends what is under way as its own and leaves the original's jobs alone") {
    two_databases f;
    REQUIRE(f.smelt({"run"}).status == 0);
    must(f.smelt({"db", "dump", f.dump()}));
    CHECK_THAT(must(f.there({"db", "restore", f.dump(), "--copy"})).out, SMELT_CONTAINS("installation of its own"));
    CHECK(f.ask_there("SELECT id FROM smelt.installation") != f.sql("SELECT id FROM smelt.installation"));
    std::this_thread::sleep_for(std::chrono::seconds{1}); // list_grace
    must(f.there({"run", "--wait", "--poll", "100ms", "--timeout", "30s"}));
    CHECK(f.ask_there("SELECT count(*) FROM smelt.results") == "6");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "6");
    CHECK(f.counters()["requests_billed"] == 12);
    f.check_promises();
    const auto doctor = f.there({"doctor", "--deep"});
    INFO(doctor.out);
    CHECK(doctor.status == 0);
}

TEST_CASE("after a move everything goes on in the new database, and nothing in the old one") {
    two_databases f;
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto refused = f.smelt({"db", "move", f.other.conninfo()});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("nobody can be asked"));
    CHECK_THAT(must(f.smelt({"db", "move", f.other.conninfo(), "--yes"})).out, SMELT_CONTAINS("Moved to "));
    for (const auto &command : std::vector<std::vector<std::string>>{
             {"run"}, {"status"}, {"load", "pipeline.yaml"}, {"retry", "notes"}, {"export", "notes"}, {"doctor"}}) {
        const auto done = f.smelt(command);
        CHECK(done.status == 1);
        CHECK_THAT(done.out + done.err, SMELT_CONTAINS("this database was moved to"));
    }
    must(f.there({"run", "--wait", "--poll", "50ms"}));
    CHECK(f.ask_there("SELECT count(*) FROM smelt.results") == "6");
    CHECK(f.counters()["requests_billed"] == 6);
    const auto doctor = f.there({"doctor", "--deep"});
    CHECK_THAT(doctor.out, !SMELT_CONTAINS("restored, copied"));
    CHECK(doctor.status == 0);
    const auto twice = f.smelt({"db", "move", f.other.conninfo(), "--yes"});
    CHECK(twice.status == 1);
    CHECK_THAT(twice.err, SMELT_CONTAINS("has a schema smelt already"));
}

TEST_CASE("a move that was killed is gone on with, and nothing begins anew in the new database meanwhile") {
    two_databases f;
    f.run_to_end();
    f.execute("UPDATE smelt.installation SET moved_at = now(), moved_to = 'elsewhere'");
    CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("has begun") && SMELT_CONTAINS("repeat smelt db move"));
    {
        db::connection c{f.other.direct(), "test"};
        db::transaction tx{c};
        tx.exec("CREATE SCHEMA smelt_moving");
        tx.commit();
    }
    const auto early = f.there({"run"});
    CHECK(early.status == 1);
    CHECK_THAT(early.err, SMELT_CONTAINS("a move to this database has begun"));
    must(f.smelt({"db", "move", f.other.conninfo(), "--yes"}));
    CHECK(f.ask_there("SELECT to_regnamespace('smelt_moving') IS NULL") == "t");
    must(f.there({"run"}));
    CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("this database was moved to"));
    // What was dumped there can be used where it is restored.
    temp_database third{temp_database::content::empty};
    must(f.smelt({"db", "dump", "x y.dump"}));
    auto restore = f.smelt_command({"db", "restore", "x y.dump"});
    restore.arguments.back() = third.conninfo();
    must(run(restore));
    auto status = f.smelt_command({"status"});
    status.arguments.back() = third.conninfo();
    must(run(status));
}

TEST_CASE("a database is not moved while a run is under way") {
    two_databases f;
    auto waiting = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    waiting.environment["SMELT_FAILPOINTS"] = "poll.before_get=delay:3s";
    process run{waiting};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 3");
    const auto refused = f.smelt({"db", "move", f.other.conninfo(), "--yes"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("a run is under way on"));
    CHECK(run.wait().status == 0);
    must(f.smelt({"db", "move", f.other.conninfo(), "--yes"}));
    CHECK(f.ask_there("SELECT count(*) FROM smelt.results") == "6");
}

TEST_CASE("a move that fails leaves the old database in use") {
    two_databases f;
    f.run_to_end();
    auto c = f.smelt_command({"db", "move", f.other.conninfo(), "--yes"});
    f.files().write("bin/pg_restore", "#!/bin/sh\necho no room left >&2\nexit 1\n");
    f.files().write("bin/pg_dump", "#!/bin/sh\nexit 0\n");
    f.files().write("bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n");
    for (const auto *const name : {"initdb", "pg_ctl"})
        f.files().write(std::string{"bin/"} + name, "#!/bin/sh\n");
    for (const auto *const name : {"pg_restore", "pg_dump", "postgres", "initdb", "pg_ctl"})
        std::filesystem::permissions(f.folder() / "bin" / name, std::filesystem::perms::owner_all);
    c.environment["SMELT_PG_BIN"] = (f.folder() / "bin").string();
    const auto failed = run(c);
    CHECK(failed.status == 1);
    CHECK_THAT(failed.err, SMELT_CONTAINS("no room left"));
    CHECK(f.smelt({"status"}).status == 0);
    CHECK(f.sql("SELECT moved_at IS NULL FROM smelt.installation") == "t");
}

TEST_CASE("db url is what other programs connect by") {
    two_databases f;
    const auto url = must(f.smelt({"db", "url"})).out;
    CHECK_THAT(url, SMELT_CONTAINS("postgresql://"));
    const auto asked =
        run({"/usr/bin/psql", {"-d", url.substr(0, url.size() - 1), "-Atc", "SELECT current_database()"}});
    CHECK(asked.out == f.database().name() + "\n");
}

TEST_CASE("db size shows tables, pipelines and what retention would free") {
    two_databases f;
    f.add_section("retention: {raw: 0s, rejected: 0s}\n");
    f.run_to_end();
    const auto size = must(f.smelt({"db", "size"})).out;
    CHECK_THAT(size, SMELT_CONTAINS("TABLE") && SMELT_CONTAINS("all") && SMELT_CONTAINS("RETENTION FREES") &&
                         SMELT_CONTAINS("notes"));
}

TEST_CASE("migrations are shown, tried and written as SQL before they are applied") {
    two_databases f;
    CHECK_THAT(must(f.smelt({"migrate", "--status"})).out, SMELT_CONTAINS("0001_schema.sql  20"));
    CHECK_THAT(must(f.there({"migrate", "--status"})).out, SMELT_CONTAINS("0001_schema.sql  missing"));
    CHECK_THAT(must(f.there({"migrate", "--dry-run"})).out, SMELT_CONTAINS("Tried, and would apply 0001_schema.sql"));
    CHECK(f.ask_there("SELECT to_regnamespace('smelt') IS NULL") == "t");
    const auto script = must(f.there({"migrate", "--sql"})).out;
    f.files().write("migrate.sql", script);
    must(run({"/usr/bin/psql",
              {"-d", f.other.direct(), "-q", "-v", "ON_ERROR_STOP=1", "-f", (f.folder() / "migrate.sql").string()}}));
    CHECK(must(f.there({"migrate"})).out == "The schema is up to date.\n");
    CHECK(must(f.there({"migrate", "--sql"})).out == "-- The schema is up to date.\n");
    must(f.there({"run", "--wait", "--poll", "50ms"}));
    CHECK(f.ask_there("SELECT count(*) FROM smelt.results") == "6");
}

TEST_CASE("nothing is migrated while a run is under way, and a run of an older program does not begin") {
    two_databases f;
    f.run_to_end();
    f.execute("DELETE FROM smelt.migration WHERE number = 2");
    f.execute(
        "INSERT INTO smelt.runner (host, boot_id, pid, pid_start, lease_until) VALUES ('elsewhere', 'b', 1, 1, now() "
        "+ interval '1 minute')");
    const auto refused = f.smelt({"migrate"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("a run is under way on elsewhere (pid 1)"));
    f.execute(
        "INSERT INTO smelt.migration (number, name, checksum) VALUES (2, '0002_views.sql', 'x'), (3, '0003_new.sql', "
        "'y')");
    const auto older = f.smelt({"run"});
    CHECK(older.status == 1);
    CHECK_THAT(older.err, SMELT_CONTAINS("smelt"));
}
