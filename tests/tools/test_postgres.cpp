// The database servers of the test run: `test-postgres start FOLDER [PGBOUNCER]`, `test-postgres stop FOLDER` and
// `test-postgres crash FOLDER`, which kills the server and starts it again.
//
// FOLDER/direct and FOLDER/pgbouncer receive how to connect, without a database name; FOLDER/cluster names a fresh
// cluster that tests of the embedded server copy, because initdb takes its time. The cluster is the embedded one of
// smelt itself, with settings that trade safety for speed; it stays in FOLDER, so that a second run starts at once.

#include "db/embedded/postmaster.hpp"
#include "db/embedded/proc.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/db/embedded.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace smelt;

/// FOLDER, or a place below /tmp when the server's user cannot get there (a checkout in root's home).
fs::path home_of(const fs::path &folder) {
    const auto recorded = db::read_text(folder / "home");
    if (!recorded.empty() && fs::exists(recorded))
        return recorded;
    auto home = folder;
    const auto who = db::server_identity();
    if (!db::can_enter(who, folder)) {
        std::string pattern = "/tmp/smelt-test-XXXXXX";
        home = ::mkdtemp(pattern.data());
        fs::permissions(home, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    }
    std::ofstream{folder / "home"} << home.string();
    return home;
}

void write(const fs::path &file, const std::string &text) {
    std::ofstream out{file};
    if (!(out << text) || !out.flush())
        throw error{"cannot write " + file.string()};
}

/// The databases of tests by name (smelt_test_PID_...): those whose process lives, and those that a killed one left
/// behind.
struct test_databases {
    std::vector<std::string> in_use;
    std::vector<std::string> left_behind;
};

test_databases list_databases(pqxx::nontransaction &tx) {
    const std::string prefix = "smelt_test_";
    test_databases out;
    for (const auto &row : tx.exec("SELECT datname FROM pg_database WHERE datname LIKE 'smelt\\_test\\_%'")) {
        const auto name = row[0].as<std::string>();
        const auto pid = db::number_in(name.substr(prefix.size(), name.find('_', prefix.size()) - prefix.size()));
        (pid > 0 && db::is_alive(pid) ? out.in_use : out.left_behind).push_back(name);
    }
    return out;
}

void drop_old_databases(const std::string &server) {
    db::connection c{server + " dbname=smelt", "test-postgres"};
    pqxx::nontransaction tx{c.raw()};
    for (const auto &name : list_databases(tx).left_behind)
        tx.exec("DROP DATABASE IF EXISTS " + tx.quote_name(name) + " WITH (FORCE)");
}

/// Whether tests of another run use the server.
bool is_in_use(const fs::path &home) {
    const auto state = db::embedded_server{home}.inspect();
    if (!state.running)
        return false;
    db::connection c{state.conninfo, "test-postgres"};
    pqxx::nontransaction tx{c.raw()};
    return !list_databases(tx).in_use.empty();
}

std::string start_postgres(const fs::path &home) {
    const db::layout at{home};
    db::prepare_root(at, db::server_identity());
    if (!fs::exists(at.own_settings))
        db::write_for(db::server_identity(), at.own_settings,
                      "fsync = off\nfull_page_writes = off\nshared_buffers = 128MB\nmin_wal_size = 80MB\n"
                      "max_wal_size = 1GB\nmax_connections = 200\n");
    const auto conninfo = db::embedded_server{home}.ensure_running();
    return conninfo.substr(0, conninfo.find(" dbname="));
}

/// A cluster that ran once and was stopped in order.
fs::path make_pristine_cluster(const fs::path &home) {
    const auto own_home = home / "pristine";
    const auto done = own_home / "done";
    if (!fs::exists(done)) {
        db::embedded_server server{own_home};
        server.ensure_running();
        server.stop();
        write(done, "");
    }
    return db::layout{own_home}.data;
}

/// Process number in the pid file, if that process is a PgBouncer.
int running_pgbouncer(const fs::path &folder) {
    const auto text = db::read_text(folder / "pid");
    const auto pid = text.empty() ? 0 : std::atoi(text.c_str());
    return pid > 0 && db::read_text("/proc/" + std::to_string(pid) + "/comm") == "pgbouncer\n" ? pid : 0;
}

void stop_pgbouncer(const fs::path &folder) {
    const auto pid = running_pgbouncer(folder);
    if (pid == 0)
        return;
    ::kill(pid, SIGTERM);
    while (running_pgbouncer(folder) == pid)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

void wait_until_it_answers(const std::string &server) {
    for (int tries = 1;; ++tries) {
        try {
            const db::connection c{server + " dbname=smelt", "test-postgres"};
            return;
        } catch (const unavailable &) {
            if (tries == 200)
                throw;
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    }
}

/// Transaction mode, and nothing ignored at startup: what a connection may not send, it must not send.
std::string start_pgbouncer(const fs::path &home, const std::string &program, const std::string &server) {
    const db::layout at{home};
    const auto who = db::server_identity();
    const auto folder = at.root / "pgbouncer";
    const auto sockets = db::socket_folder(at);
    const auto conninfo = "host=" + sockets.string() + " port=6432 user=smelt";
    if (running_pgbouncer(folder) != 0)
        return conninfo;
    db::run_program(who, {"/bin/mkdir", "-p", folder}, at.root);
    db::write_for(who, folder / "ini",
                  "[databases]\n* = " + server +
                      "\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = " + sockets.string() +
                      "\nauth_type = any\npool_mode = transaction\nmax_client_conn = 500\n" +
                      "default_pool_size = 20\nserver_login_retry = 1\nlogfile = " + (folder / "log").string() +
                      "\npidfile = " + (folder / "pid").string() + "\n");
    const auto result = db::run_program(who, {program, "-q", "-d", folder / "ini"}, folder);
    if (result.status != 0)
        throw error{"pgbouncer does not start: " + result.output + db::read_text(folder / "log")};
    wait_until_it_answers(conninfo);
    return conninfo;
}

void start(const fs::path &folder, const std::string &pgbouncer) {
    fs::create_directories(folder);
    const auto home = home_of(folder);
    const auto server = start_postgres(home);
    drop_old_databases(server);
    write(folder / "cluster", make_pristine_cluster(home).string());
    write(folder / "direct", server);
    fs::remove(folder / "pgbouncer");
    if (!pgbouncer.empty())
        write(folder / "pgbouncer", start_pgbouncer(home, pgbouncer, server));
}

void stop(const fs::path &folder) {
    const auto home = home_of(folder);
    if (is_in_use(home)) {
        std::cout << "left running: another test run uses it\n";
        return;
    }
    stop_pgbouncer(db::layout{home}.root / "pgbouncer");
    db::embedded_server{home}.stop();
}

/// What a crash leaves: no checkpoint, no goodbye (PostgreSQL's "immediate" shutdown), and the server up again.
void crash(const fs::path &folder) {
    db::embedded_server server{home_of(folder)};
    const auto state = server.inspect();
    if (!state.running)
        throw error{"the server does not run"};
    ::kill(state.pid, SIGQUIT);
    while (db::is_alive(state.pid))
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    server.ensure_running();
}

} // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() >= 2 && words[0] == "start")
            start(words[1], words.size() > 2 ? words[2] : "");
        else if (words.size() == 2 && words[0] == "stop")
            stop(words[1]);
        else if (words.size() == 2 && words[0] == "crash")
            crash(words[1]);
        else
            throw smelt::usage_error{"usage: test-postgres start FOLDER [PGBOUNCER] | stop FOLDER | crash FOLDER"};
        return 0;
    } catch (const smelt::error &e) {
        std::cerr << "test-postgres: " << e.what() << '\n' << e.hint() << '\n';
    } catch (const std::exception &e) {
        std::cerr << "test-postgres: " << e.what() << '\n';
    }
    return 1;
}
