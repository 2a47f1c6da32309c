#include "catch.hpp"
#include "db/embedded/postmaster.hpp"
#include "process.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/db/embedded.hpp"

#include <csignal>
#include <iostream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace smelt;
using db::embedded_server;
namespace fs = std::filesystem;

namespace {

enum class cluster { none, made };

/// A SMELT_HOME that the server's user may enter, with or without a finished cluster. Its server is stopped at the end.
class temp_home {
  public:
    explicit temp_home(cluster with, const std::string &below = "") : path_{folder_.path() / below} {
        fs::create_directories(path_);
        for (auto at = path_; at != folder_.path().parent_path(); at = at.parent_path())
            fs::permissions(at, fs::perms{0755});
        if (with == cluster::made) {
            db::prepare_root(layout(), db::server_identity());
            const auto pristine = db::read_text(SMELT_BINARY_DIR "/test-postgres/cluster");
            REQUIRE(test::run({.program = "/bin/cp", .arguments = {"-a", pristine, layout().data}}).status == 0);
        }
    }
    ~temp_home() {
        try {
            embedded_server{path_}.stop();
            fs::remove_all(db::socket_folder(layout()));
        } catch (const std::exception &) { // the test says what is wrong
        }
    }
    temp_home(const temp_home &) = delete;
    temp_home &operator=(const temp_home &) = delete;
    [[nodiscard]] const fs::path &path() const { return path_; }
    [[nodiscard]] db::layout layout() const { return db::layout{path_}; }
    [[nodiscard]] embedded_server server() const { return embedded_server{path_}; }

  private:
    test::temp_folder folder_;
    fs::path path_;
};

/// A copy of an installed server that a test may replace.
class own_programs {
  public:
    own_programs(const fs::path &folder, const db::installation &installed) : bin_{folder / "bin"} {
        fs::create_directories(bin_);
        for (const char *name : {"postgres", "initdb", "pg_ctl"})
            fs::copy_file(installed.bin / name, bin_ / name);
        fs::create_directory_symlink(installed.bin.parent_path() / "lib", folder / "lib");
        ::setenv("SMELT_PG_BIN", bin_.c_str(), 1);
    }
    ~own_programs() { ::unsetenv("SMELT_PG_BIN"); }
    own_programs(const own_programs &) = delete;
    own_programs &operator=(const own_programs &) = delete;
    [[nodiscard]] const fs::path &bin() const { return bin_; }

  private:
    fs::path bin_;
};

std::string ask(const std::string &conninfo, std::string_view sql) {
    db::connection c{conninfo, "tests"};
    db::transaction tx{c};
    const auto answer = tx.exec_one(sql)[0].as<std::string>();
    tx.commit();
    return answer;
}

void execute(const std::string &conninfo, std::string_view sql) {
    db::connection c{conninfo, "tests"};
    db::transaction tx{c};
    tx.exec(sql);
    tx.commit();
}

/// Runs work in n processes at the same time; true when it says so in all of them.
template <class Work>
bool all_succeed(int n, Work work) {
    std::vector<pid_t> children;
    for (int i = 0; i < n; ++i) {
        const auto child = ::fork();
        if (child == 0) {
            bool well = false;
            try {
                well = work();
            } catch (const std::exception &e) {
                std::cerr << e.what() << std::endl; // the exit status says the rest
            }
            ::_exit(well ? 0 : 1);
        }
        children.push_back(child);
    }
    bool all = true;
    for (const auto child : children) {
        int status = -1;
        all = ::waitpid(child, &status, 0) == child && status == 0 && all;
    }
    return all;
}

void wait_for_end(int pid) {
    while (fs::exists("/proc/" + std::to_string(pid) + "/cwd"))
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

} // namespace

TEST_CASE("The private server is made, started, kept and stopped", "[direct]") {
    const temp_home home{cluster::none};
    auto server = home.server();
    CHECK_FALSE(server.inspect().exists);

    const auto conninfo = server.ensure_running();
    CHECK(ask(conninfo, "SELECT current_database()") == "smelt");
    CHECK(ask(conninfo, "SHOW data_checksums") == "on");
    CHECK(ask(conninfo, "SHOW server_encoding") == "UTF8");
    CHECK(ask(conninfo, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C");
    CHECK(ask(conninfo, "SHOW listen_addresses").empty());
    CHECK(ask(conninfo, "SHOW wal_level") == "minimal");
    CHECK(ask(conninfo, "SHOW synchronous_commit") == "on");
    CHECK(ask(conninfo, "SHOW shared_preload_libraries") == "plpgsql");

    const auto running = server.inspect();
    CHECK(running.running);
    CHECK(running.conninfo == conninfo);
    CHECK(running.version == ask(conninfo, "SHOW server_version"));
    CHECK((fs::status(home.layout().root).permissions() & fs::perms{077}) == fs::perms::none);
    CHECK((fs::status(home.layout().root / "s").permissions() & fs::perms{077}) == fs::perms::none);

    CHECK(server.ensure_running() == conninfo);
    CHECK(server.inspect().pid == running.pid);
    CHECK_FALSE(server.upgrade()); // there is no newer one
    CHECK(server.inspect().pid == running.pid);

    server.stop();
    const auto stopped = server.inspect();
    CHECK(stopped.exists);
    CHECK_FALSE(stopped.running);
    server.stop();
    CHECK(server.ensure_running() == conninfo);
    CHECK(server.inspect().pid != running.pid);
}

TEST_CASE("A server that was killed is started again with its data", "[direct]") {
    const temp_home home{cluster::made};
    auto server = home.server();
    const auto conninfo = server.ensure_running();
    execute(conninfo, "CREATE TABLE t AS SELECT 42 AS n");
    // A client holds a backend, which holds the shared memory for a moment longer.
    const db::connection witness{conninfo, "tests"};
    const auto pid = server.inspect().pid;
    ::kill(pid, SIGKILL);
    wait_for_end(pid);
    CHECK(server.ensure_running() == conninfo);
    CHECK(ask(conninfo, "SELECT n FROM t") == "42");
}

TEST_CASE("An interrupted initdb is begun anew", "[direct]") {
    const temp_home home{cluster::none};
    fs::create_directories(home.layout().fresh / "base");
    std::ofstream{home.layout().fresh / "PG_VERSION"} << "15\n";
    const auto who = db::server_identity();
    REQUIRE(::chown(home.layout().root.c_str(), who.uid, who.gid) == 0);
    fs::permissions(home.layout().root, fs::perms{0700});
    CHECK(ask(home.server().ensure_running(), "SELECT 1") == "1");
    CHECK_FALSE(fs::exists(home.layout().fresh));
}

TEST_CASE("A pid file with the number of another process does not stop the server", "[direct]") {
    const temp_home home{cluster::made};
    auto server = home.server();
    const auto conninfo = server.ensure_running();
    server.stop();
    const auto other = ::fork();
    if (other == 0) {
        const auto who = db::server_identity();
        if (who.switch_user && ::setuid(who.uid) != 0)
            ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    const auto text =
        std::to_string(other) + "\n" + home.layout().data.string() + "\n1700000000\n5432\n/nowhere\n\n0 0\nready\n";
    db::write_for(db::server_identity(), home.layout().data / "postmaster.pid", text);
    db::write_for(db::server_identity(), db::socket_folder(home.layout()) / ".s.PGSQL.5432.lock", text);
    CHECK_FALSE(server.inspect().running);
    CHECK(server.ensure_running() == conninfo);
    CHECK(ask(conninfo, "SELECT 1") == "1");
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

TEST_CASE("A server whose socket vanished is restarted", "[direct]") {
    const temp_home home{cluster::made};
    auto server = home.server();
    const auto conninfo = server.ensure_running();
    const auto before = server.inspect().pid;
    fs::remove(db::socket_folder(home.layout()) / ".s.PGSQL.5432");
    CHECK(ask(server.ensure_running(), "SELECT 1") == "1");
    CHECK(server.inspect().pid != before);
}

TEST_CASE("A server whose programs were replaced is restarted", "[direct]") {
    const temp_home home{cluster::none};
    const auto installed = db::newest_installation(db::find_installations());
    const own_programs programs{home.path() / "programs", installed};
    auto server = home.server();
    const auto conninfo = server.ensure_running();
    const auto before = server.inspect().pid;
    CHECK(server.ensure_running() == conninfo);
    CHECK(server.inspect().pid == before);
    // As a package manager does it: a new file under the old name.
    fs::copy_file(installed.bin / "postgres", programs.bin() / "postgres.new");
    fs::rename(programs.bin() / "postgres.new", programs.bin() / "postgres");
    CHECK(server.ensure_running() == conninfo);
    CHECK(server.inspect().pid != before);
}

TEST_CASE("A long SMELT_HOME gets a short folder for its socket", "[direct]") {
    const temp_home home{cluster::made, std::string(60, 'a') + "/" + std::string(60, 'b')};
    auto server = home.server();
    const auto conninfo = server.ensure_running();
    const auto folder = db::socket_folder(home.layout());
    CHECK(folder.string().starts_with("/tmp/smelt-"));
    CHECK((fs::status(folder).permissions() & fs::perms{077}) == fs::perms::none);
    CHECK(ask(conninfo, "SELECT 1") == "1");
    CHECK(server.ensure_running() == conninfo);
}

TEST_CASE("A folder of somebody else is never used for the socket", "[direct]") {
    const temp_home home{cluster::none, std::string(60, 'a') + "/" + std::string(60, 'b')};
    const auto who = db::server_identity();
    db::prepare_root(home.layout(), who);
    const auto wanted = db::prepare_socket_folder(home.layout(), who);
    fs::remove(wanted);
    fs::create_directory(wanted);
    fs::permissions(wanted, fs::perms{0777}); // open to everybody
    const auto other = db::prepare_socket_folder(home.layout(), who);
    CHECK(other != wanted);
    CHECK(other == db::socket_folder(home.layout()));
    fs::remove(wanted);
    fs::create_directory_symlink(other, wanted);
    CHECK(db::prepare_socket_folder(home.layout(), who) != wanted);
    fs::remove(wanted);
}

TEST_CASE("Several that make the folder at once agree on it", "[direct]") {
    const test::temp_folder folder;
    fs::permissions(folder.path(), fs::perms{0755});
    const auto who = db::server_identity();
    CHECK(all_succeed(4, [&] {
        for (int i = 0; i < 25; ++i)
            db::prepare_root(db::layout{folder.path() / std::to_string(i)}, who);
        return true;
    }));
    for (int i = 0; i < 25; ++i)
        CHECK(fs::is_empty(folder.path() / std::to_string(i) / "pg"));
}

TEST_CASE("Several that need the server at once start it once", "[direct]") {
    const temp_home home{cluster::none};
    CHECK(all_succeed(4, [&] { return ask(home.server().ensure_running(), "SELECT 1") == "1"; }));
    const auto log = db::read_text(home.layout().log);
    const auto first = log.find("ready to accept connections");
    CHECK(first != std::string::npos);
    CHECK(log.find("ready to accept connections", first + 1) == std::string::npos);
}

TEST_CASE("The server keeps no descriptor of its caller and is in a session of its own", "[direct]") {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0); // inherited on exec, as a CI's pipe would be
    const temp_home home{cluster::made};
    auto server = home.server();
    server.ensure_running();
    const auto pid = server.inspect().pid;
    std::error_code problem;
    const auto pipe = fs::read_symlink("/proc/self/fd/" + std::to_string(ends[1]));
    for (const auto &entry : fs::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"})
        CHECK(fs::read_symlink(entry.path(), problem) != pipe);
    CHECK(::getsid(pid) != ::getsid(0));
    CHECK(::getpgid(pid) != ::getpgrp());
    server.stop();
    wait_for_end(pid);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("Own settings win and are kept, smelt's are written anew", "[direct]") {
    const temp_home home{cluster::made};
    auto server = home.server();
    auto conninfo = server.ensure_running();
    server.stop();
    std::ofstream{home.layout().own_settings, std::ios::app} << "work_mem = 17MB\n";
    std::ofstream{home.layout().settings, std::ios::app} << "jit = on\n";
    conninfo = server.ensure_running();
    CHECK(ask(conninfo, "SHOW work_mem") == "17MB");
    CHECK(ask(conninfo, "SHOW jit") == "off");
    CHECK_THAT(db::read_text(home.layout().own_settings), SMELT_CONTAINS("work_mem = 17MB"));
}

TEST_CASE("A server that cannot start says why", "[direct]") {
    const temp_home home{cluster::made};
    auto server = home.server();
    server.ensure_running();
    server.stop();
    std::ofstream{home.layout().own_settings, std::ios::app} << "work_mem = plenty\n";
    try {
        server.ensure_running();
        FAIL("it started");
    } catch (const unavailable &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("does not start") && SMELT_CONTAINS("plenty"));
        CHECK_THAT(e.hint(), SMELT_CONTAINS("log"));
    }
}

TEST_CASE("A home that belongs to somebody else is refused", "[direct]") {
    if (::geteuid() != 0) {
        WARN("only root can make a folder of somebody else");
        return;
    }
    const temp_home home{cluster::none};
    fs::create_directory(home.layout().root); // root's, but the server runs as another user
    CHECK_THROWS_WITH(home.server().ensure_running(), SMELT_CONTAINS("does not belong to user"));
}
