#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>
#include <filesystem>
#include <optional>
#include <sstream>
#include <thread>
#include <unistd.h>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

/// The run ends by itself long before what it waits for does.
void check_stops(process &running, int signal) {
    running.send(signal);
    const auto done = running.wait();
    INFO(done.err);
    CHECK_FALSE(done.timed_out);
    CHECK(done.status == 130);
    CHECK_THAT(done.err, SMELT_CONTAINS("interrupted"));
}

/// A user namespace would take root's rights over the server's socket away.
std::string mount_namespace() {
    return ::geteuid() == 0 ? "-m" : "-rm";
}

/// Holds the lock that a load holds, as the session of a run would.
class loading_elsewhere {
  public:
    explicit loading_elsewhere(const pipeline_fixture &f) : connection_{f.database().direct(), "another run"} {
        transaction_.emplace(connection_);
        transaction_->exec("SELECT pg_advisory_xact_lock(hashtext('smelt.load'), id) FROM smelt.pipeline");
    }
    void end() { transaction_.reset(); }

  private:
    db::connection connection_;
    std::optional<db::transaction> transaction_;
};

/// The servers of a fixture's runs, stopped as on a machine that hangs; they go on when the object goes.
class frozen_servers {
  public:
    explicit frozen_servers(pipeline_fixture &f) {
        std::istringstream pids{f.sql("SELECT coalesce(string_agg(pid::text, ' '), '') FROM pg_stat_activity "
                                      "WHERE application_name LIKE 'smelt %' AND datname = current_database()")};
        for (pid_t pid = 0; pids >> pid;)
            if (::kill(pid, SIGSTOP) == 0)
                pids_.push_back(pid);
        REQUIRE_FALSE(pids_.empty());
    }
    ~frozen_servers() {
        for (const auto pid : pids_)
            ::kill(pid, SIGCONT);
    }
    frozen_servers(const frozen_servers &) = delete;
    frozen_servers &operator=(const frozen_servers &) = delete;

  private:
    std::vector<pid_t> pids_;
};

bool may_mount() {
    command c;
    c.program = "/usr/bin/unshare";
    c.arguments = {mount_namespace(), "sh", "-c", "mount -t tmpfs none /mnt"};
    return std::filesystem::exists(c.program) && run(c).status == 0;
}

} // namespace

TEST_CASE("a signal stops a run whatever it waits for, and nothing is half-done") {
    const int signal = GENERATE(SIGTERM, SIGINT);
    SECTION("a download that hardly moves") {
        pipeline_fixture f{{.records = 20}};
        f.fault(R"({"on":"content","bytes_per_second":50})");
        process running{f.smelt_command({"run", "--wait", "--poll", "100ms"})};
        f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 4");
        std::this_thread::sleep_for(300ms);
        check_stops(running, signal);
        f.check_promises();
        f.run_to_end();
        f.check_all_done(20);
    }
    SECTION("a query of the source that takes minutes") {
        pipeline_fixture f{
            {.records = 1,
             .source =
                 "{sql: \"SELECT 'a' AS id, pg_sleep(300)::text AS title, 't' AS topic, 'n' AS note\", key: id}"}};
        auto c = f.smelt_command({"run"});
        c.timeout = 60s;
        process running{c};
        f.wait_until("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'smelt load query' "
                     "AND state = 'active' AND datname = current_database()");
        check_stops(running, signal);
        CHECK(f.sql("SELECT count(*) FROM smelt.record") == "0");
    }
    SECTION("batches of others") {
        pipeline_fixture f{{.records = 5, .simulator = {"--latency", "10m"}}};
        process running{f.smelt_command({"run", "--wait", "--poll", "10m"})};
        f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 3");
        std::this_thread::sleep_for(300ms);
        check_stops(running, signal);
        f.check_promises();
    }
}

TEST_CASE("a signal ends a run although the database is frozen, and the next run goes on") {
    pipeline_fixture f{{.records = 5}};
    {
        db::connection other{f.database().direct(), "another program"};
        db::transaction tx{other};
        tx.exec("LOCK TABLE smelt.batch");
        process running{f.smelt_command({"run", "--wait"})};
        f.wait_until("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'smelt run%' AND "
                     "wait_event_type = 'Lock' AND datname = current_database()");
        const frozen_servers frozen{f};
        check_stops(running, SIGTERM);
    }
    f.run_to_end();
    f.check_all_done(5);
}

TEST_CASE("the time given by --timeout ends a run whatever call hangs, and what may be paid for is looked for") {
    const auto call = GENERATE(as<std::string>{}, "upload", "create", "get", "list", "content");
    INFO(call);
    pipeline_fixture f{{.records = 5}};
    f.fault(R"({"on":")" + call + R"(","delay":600000})");
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "2s"});
    INFO(done.out);
    INFO(done.err);
    CHECK_FALSE(done.timed_out);
    CHECK(done.status == 0);
    CHECK_THAT(done.out + done.err, SMELT_CONTAINS("--timeout is over") && !SMELT_CONTAINS("cancelled"));
    f.forget_faults();
    f.run_to_end();
    f.check_all_done(5);
    f.check_promises();
}

TEST_CASE("what another run is loading is waited for, and a run that has not loaded says so") {
    pipeline_fixture f{{.records = 3}};
    f.run_to_end();
    f.write_records(1, 6);
    SECTION("by --wait, for as long as it takes") {
        loading_elsewhere other{f};
        process running{f.smelt_command({"run", "--wait", "--poll", "200ms"})};
        std::this_thread::sleep_for(4s);
        CHECK(running.is_running());
        other.end();
        CHECK(running.wait().status == 0);
        f.check_all_done(6);
    }
    SECTION("by load, for as long as it takes") {
        loading_elsewhere other{f};
        process running{f.smelt_command({"load", "pipeline.yaml"})};
        std::this_thread::sleep_for(4s);
        CHECK(running.is_running());
        other.end();
        CHECK(running.wait().status == 0);
        CHECK(f.sql("SELECT total FROM smelt.status") == "6");
    }
    SECTION("by a single pass, until what a killed run has left is gone") {
        loading_elsewhere other{f};
        process running{f.smelt_command({"run"})};
        std::this_thread::sleep_for(1s);
        other.end();
        CHECK(running.wait().status == 0);
        CHECK(f.sql("SELECT total FROM smelt.status") == "6");
    }
    SECTION("else it is said") {
        const loading_elsewhere other{f};
        const auto done = f.smelt({"run"});
        CHECK(done.status == 0);
        CHECK_THAT(done.out + done.err, SMELT_CONTAINS("another run is loading"));
    }
}

TEST_CASE("a database that only allows reading is named in one sentence") {
    pipeline_fixture f{{.records = 3}};
    f.run_to_end();
    f.execute("ALTER DATABASE " + f.database().name() + " SET default_transaction_read_only = on");
    f.write_records(1, 6);
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, SMELT_CONTAINS("only allows reading") && SMELT_CONTAINS("primary"));
    CHECK_THAT(refused.err, !SMELT_CONTAINS("should not happen"));
    CHECK(f.smelt({"status"}).status == 0);
}

TEST_CASE("a role without rights is told so") {
    pipeline_fixture f{{.records = 3}};
    f.run_to_end();
    const auto role = f.database().name() + "_lowly";
    f.execute("CREATE ROLE " + role + " LOGIN");
    auto c = f.smelt_command({"run"});
    const auto at = f.database().direct().find("user=");
    const auto end = f.database().direct().find(' ', at);
    c.arguments = {"run", "--db",
                   f.database().direct().substr(0, at) + "user=" + role + f.database().direct().substr(end)};
    const auto refused = run(c);
    f.execute("DROP ROLE " + role);
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("permission denied") && SMELT_CONTAINS("owner"));
}

TEST_CASE("a server that goes away in the middle of a slice ends the run with 2, and nothing is half-done") {
    pipeline_fixture f{{.records = 20}};
    auto c = f.smelt_command({"run", "--wait", "--poll", "100ms"});
    c.environment["SMELT_FAILPOINTS"] = "apply.before_commit=delay:5s@1";
    process running{c};
    f.wait_until_paused_in_transaction();
    f.end_connections();
    const auto done = running.wait();
    INFO(done.err);
    CHECK(done.status == 2);
    CHECK_THAT(done.err, !SMELT_CONTAINS("should not happen"));
    f.check_promises();
    f.run_to_end();
    f.check_all_done(20);
}

TEST_CASE("a SMELT_HOME that cannot be written is named, and no item is spent") {
    pipeline_fixture f{{.records = 3}};
    auto c = f.smelt_command({"run"});
    c.environment["SMELT_HOME"] = "/dev/null/home";
    const auto refused = run(c);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, SMELT_CONTAINS("/dev/null/home") && SMELT_CONTAINS("SMELT_HOME"));
    f.check_promises();
    CHECK(f.counters()["batches_created"] == 0);
    f.run_to_end();
    f.check_all_done(3);
}

TEST_CASE("a full disk under the spool folder is named, and no item is spent") {
    if (!may_mount()) {
        WARN("a mount namespace is not allowed here");
        return;
    }
    pipeline_fixture f{{.records = 2000}};
    std::filesystem::create_directories(f.folder() / "home/spool");
    auto c = f.smelt_command({"run"});
    std::string inside = "mount -t tmpfs -o size=64k none \"$0\" && exec \"$@\"";
    std::vector<std::string> arguments{mount_namespace(), "sh", "-c", inside, (f.folder() / "home/spool").string(),
                                       c.program.string()};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    c.program = "/usr/bin/unshare";
    c.arguments = arguments;
    const auto refused = run(c);
    INFO(refused.err);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, SMELT_CONTAINS("No space left on device"));
    f.check_promises();
    CHECK(f.counters()["batches_created"] == 0);
    f.run_to_end();
    f.check_all_done(2000);
}
