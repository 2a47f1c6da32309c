#include "catch.hpp"
#include "temp_database.hpp"

#include "smelt/db/pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <thread>

using namespace smelt;
namespace asio = boost::asio;
using test::temp_database;

namespace {

template <class Coroutine>
void run_loop(asio::io_context &io, Coroutine &coroutine) {
    asio::co_spawn(io, coroutine(), [](const std::exception_ptr &problem) {
        if (problem)
            std::rethrow_exception(problem);
    });
    io.run();
}

int backend(db::connection &c) {
    db::transaction tx{c};
    const auto pid = tx.exec_one("SELECT pg_backend_pid()")[0].as<int>();
    tx.commit();
    return pid;
}

void terminate(const temp_database &database, int pid) {
    db::connection c{database.direct(), "killer"};
    db::transaction tx{c};
    REQUIRE(tx.exec_one("SELECT pg_terminate_backend($1, 10000)", pid)[0].as<bool>());
}

/// Waits until n sessions of this purpose run a statement that holds the text.
void wait_for_running(const temp_database &database, std::string_view text, int n) {
    db::connection c{database.direct(), "observer"};
    for (;;) {
        db::transaction tx{c};
        const auto row = tx.exec_one("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                                     "pid <> pg_backend_pid() AND datname = current_database() AND query LIKE $1",
                                     "%" + std::string{text} + "%");
        tx.commit();
        if (row[0].as<int>() == n)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

} // namespace

TEST_CASE("Work runs on a pool thread and the coroutine goes on where it was") {
    const temp_database database{temp_database::content::empty};
    asio::io_context io;
    db::pool pool{database.conninfo(), "tests", 2};
    const auto home = std::this_thread::get_id();
    int answer = 0;
    bool elsewhere = false;
    bool back = false;
    auto body = [&]() -> asio::awaitable<void> {
        auto work = [&](db::connection &c) {
            elsewhere = std::this_thread::get_id() != home;
            db::transaction tx{c};
            const auto n = tx.exec_one("SELECT 41 + $1::int", 1)[0].as<int>();
            tx.commit();
            return n;
        };
        answer = co_await pool.run(work);
        back = std::this_thread::get_id() == home;
        auto silent = [&](db::connection &c) { backend(c); };
        co_await pool.run(silent);
    };
    run_loop(io, body);
    CHECK(answer == 42);
    CHECK(elsewhere);
    CHECK(back);
}

TEST_CASE("An error of the work reaches the coroutine and the connection stays usable") {
    const temp_database database{temp_database::content::empty};
    asio::io_context io;
    db::pool pool{database.direct(), "tests", 1};
    int before = 0;
    int after = 0;
    bool thrown = false;
    auto body = [&]() -> asio::awaitable<void> {
        auto fail = [&](db::connection &c) {
            before = backend(c);
            db::transaction tx{c};
            tx.exec("SELECT 1 / $1::int", 0);
        };
        try {
            co_await pool.run(fail);
        } catch (const pqxx::sql_error &) {
            thrown = true;
        }
        auto work = [](db::connection &c) { return backend(c); };
        after = co_await pool.run(work);
    };
    run_loop(io, body);
    CHECK(thrown);
    CHECK(before == after);
}

TEST_CASE("Serialization failures are repeated five times") {
    const temp_database database{temp_database::content::empty};
    db::pool pool{database.conninfo(), "tests", 1};
    int tries = 0;
    auto succeeds_at_last = [&](db::connection &c) {
        db::transaction tx{c};
        if (++tries < 5)
            tx.exec("DO $$ BEGIN RAISE serialization_failure; END $$");
        tx.commit();
        return tries;
    };
    CHECK(pool.run_blocking(succeeds_at_last) == 5);
    tries = 0;
    auto never_succeeds = [&](db::connection &c) {
        ++tries;
        db::transaction tx{c};
        tx.exec("DO $$ BEGIN RAISE serialization_failure; END $$");
    };
    CHECK_THROWS_AS(pool.run_blocking(never_succeeds), pqxx::transaction_rollback);
    CHECK(tries == 5);
}

TEST_CASE("The victim of a deadlock tries again and both get through") {
    const temp_database database{temp_database::content::empty};
    db::pool pool{database.conninfo(), "tests", 2};
    auto prepare = [](db::connection &c) {
        db::transaction tx{c};
        tx.exec("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)");
        tx.commit();
    };
    pool.run_blocking(prepare);
    std::atomic<int> locked{0};
    std::atomic<int> runs{0};
    const auto crossing = [&](int first, int second) {
        bool met = false;
        auto work = [&, met](db::connection &c) mutable {
            ++runs;
            db::transaction tx{c};
            tx.exec("UPDATE t SET n = n + 1 WHERE id = $1", first);
            if (!met) {
                ++locked;
                while (locked < 2)
                    std::this_thread::yield();
                met = true;
            }
            tx.exec("UPDATE t SET n = n + 1 WHERE id = $1", second);
            tx.commit();
        };
        pool.run_blocking(work);
    };
    std::thread other{[&] { crossing(2, 1); }};
    crossing(1, 2);
    other.join();
    CHECK(runs == 3);
    auto total = [](db::connection &c) {
        db::transaction tx{c};
        return tx.exec_one("SELECT sum(n) FROM t")[0].as<int>();
    };
    CHECK(pool.run_blocking(total) == 4);
}

TEST_CASE("A lost connection throws unavailable and the next job gets a new one") {
    const temp_database database{temp_database::content::empty};
    db::pool pool{database.direct(), "tests", 1};
    auto dies = [&](db::connection &c) {
        terminate(database, backend(c));
        backend(c);
    };
    CHECK_THROWS_AS(pool.run_blocking(dies), unavailable);
    auto work = [](db::connection &c) { return backend(c); };
    CHECK(pool.run_blocking(work) > 0);
}

TEST_CASE("A connection that died while it was idle is replaced unseen") {
    const temp_database database{temp_database::content::empty};
    db::pool pool{database.direct(), "tests", 1};
    auto work = [](db::connection &c) { return backend(c); };
    const auto first = pool.run_blocking(work);
    terminate(database, first);
    const auto second = pool.run_blocking(work);
    CHECK(second != first);
    CHECK(pool.run_blocking(work) == second);
}

TEST_CASE("Jobs of a pool run side by side and share its connections") {
    const temp_database database{temp_database::content::empty};
    asio::io_context io;
    db::pool pool{database.direct(), "tests", 3};
    std::atomic<int> together{0};
    std::mutex mutex;
    std::vector<int> backends;
    auto work = [&](db::connection &c) {
        // None ends before three run.
        ++together;
        while (together < 3)
            std::this_thread::yield();
        const auto pid = backend(c);
        const std::lock_guard lock{mutex};
        backends.push_back(pid);
    };
    auto body = [&]() -> asio::awaitable<void> { co_await pool.run(work); };
    for (int i = 0; i < 12; ++i)
        asio::co_spawn(io, body(), [](const std::exception_ptr &problem) {
            if (problem)
                std::rethrow_exception(problem);
        });
    io.run();
    REQUIRE(backends.size() == 12);
    std::ranges::sort(backends);
    const auto repeated = std::ranges::unique(backends);
    CHECK(std::distance(backends.begin(), repeated.begin()) <= 3);
}

TEST_CASE("Statements that run can be cancelled from outside") {
    const temp_database database{temp_database::content::empty};
    db::pool pool{database.conninfo(), "tests", 1};
    std::thread stopper{[&] {
        wait_for_running(database, "pg_sleep", 1);
        pool.cancel_all();
    }};
    auto sleep = [](db::connection &c) {
        db::transaction tx{c};
        tx.exec("SELECT pg_sleep(600)");
    };
    CHECK_THROWS_WITH(pool.run_blocking(sleep), SMELT_CONTAINS("canceling statement"));
    stopper.join();
    auto work = [](db::connection &c) { return backend(c); };
    CHECK(pool.run_blocking(work) > 0);
}

TEST_CASE("A pool may go while coroutines still wait for it") {
    const temp_database database{temp_database::content::empty};
    asio::io_context io;
    std::atomic<bool> inside{false};
    bool resumed = false;
    {
        db::pool pool{database.conninfo(), "tests", 1};
        auto slow = [&](db::connection &c) {
            inside = true;
            db::transaction tx{c};
            tx.exec("SELECT pg_sleep(0.2)");
        };
        auto body = [&]() -> asio::awaitable<void> {
            co_await pool.run(slow);
            resumed = true;
        };
        asio::co_spawn(io, body(), [](const std::exception_ptr &) {});
        asio::co_spawn(io, body(), [](const std::exception_ptr &) {});
        while (!inside)
            io.poll();
    }
    CHECK_FALSE(resumed);
}
