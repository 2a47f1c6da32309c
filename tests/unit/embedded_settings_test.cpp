#include "catch.hpp"
#include "db/embedded/binaries.hpp"
#include "db/embedded/layout.hpp"
#include "db/embedded/postmaster.hpp"
#include "db/embedded/settings.hpp"

#include "smelt/base/error.hpp"

using namespace smelt::db;

namespace {

constexpr std::uint64_t gib = 1024UL * 1024 * 1024;

std::string settings(std::uint64_t memory, std::uint64_t disk) {
    return server_settings({memory, disk}, "/s");
}

} // namespace

TEST_CASE("A large machine gets the measured settings") {
    const auto text = settings(64 * gib, 500 * gib);
    for (const char *line : {"shared_buffers = 4096MB\n", "max_wal_size = 8192MB\n", "min_wal_size = 2048MB\n",
                             "wal_buffers = 64MB\n", "work_mem = 64MB\n", "maintenance_work_mem = 256MB\n",
                             "fsync = on\n", "full_page_writes = on\n", "synchronous_commit = on\n", "jit = off\n",
                             "wal_level = minimal\n", "max_wal_senders = 0\n", "listen_addresses = ''\n"})
        CHECK_THAT(text, SMELT_CONTAINS(line));
}

TEST_CASE("Memory and disk bound the settings") {
    CHECK_THAT(settings(2 * gib, 500 * gib), SMELT_CONTAINS("shared_buffers = 512MB\n"));
    CHECK_THAT(settings(4 * gib, 500 * gib), SMELT_CONTAINS("shared_buffers = 1024MB\n"));
    CHECK_THAT(settings(2 * gib, 500 * gib), SMELT_CONTAINS("work_mem = 32MB\n"));
    CHECK_THAT(settings(64 * gib, 20 * gib), SMELT_CONTAINS("max_wal_size = 2048MB\n"));
    CHECK_THAT(settings(64 * gib, 20 * gib), SMELT_CONTAINS("min_wal_size = 512MB\n"));
}

TEST_CASE("A tiny machine gets settings that the server accepts") {
    const auto text = settings(0, 0);
    CHECK_THAT(text, SMELT_CONTAINS("shared_buffers = 32MB\n") && SMELT_CONTAINS("max_wal_size = 256MB\n") &&
                         SMELT_CONTAINS("min_wal_size = 64MB\n") && SMELT_CONTAINS("work_mem = 4MB\n"));
}

TEST_CASE("The socket's folder is quoted") {
    CHECK_THAT(server_settings({}, "/o'hara/s"), SMELT_CONTAINS("unix_socket_directories = '/o''hara/s'\n"));
}

TEST_CASE("A socket path has at most 107 bytes") {
    const std::string name = "/.s.PGSQL.5432";
    CHECK(socket_fits("/" + std::string(107 - name.size() - 1, 'x')));
    CHECK_FALSE(socket_fits("/" + std::string(107 - name.size(), 'x')));
}

TEST_CASE("A pid file is read only when it begins with a process number") {
    const auto whole = parse_pid_file("4711\n/data\n1700000000\n5432\n/sockets\n\n  5432001 3\nready   \n");
    REQUIRE(whole);
    CHECK(whole->pid == 4711);
    CHECK(whole->socket_folder == "/sockets");
    CHECK(whole->status == "ready");
    const auto begun = parse_pid_file("4711\n/data\n");
    REQUIRE(begun);
    CHECK(begun->status.empty());
    for (const char *text : {"", "\n", "abc\n", "-1\n/data\n", "0\n", "12x\n"})
        CHECK_FALSE(parse_pid_file(text));
}

TEST_CASE("A server's major version is found in its answer") {
    CHECK(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n") == 15);
    CHECK(major_version("postgres (PostgreSQL) 18beta1") == 18);
    CHECK(major_version("15\n") == 15);
    CHECK(major_version("no such program") == 0);
}

TEST_CASE("A cluster runs under its own major version") {
    const std::vector<installation> found{{17, "/17"}, {15, "/15"}};
    CHECK(installation_for(found, 15).bin == "/15");
    CHECK(newest_installation(found).major == 17);
}

TEST_CASE("A missing server says what to install") {
    try {
        installation_for({{17, "/17"}}, 15);
        FAIL("found something");
    } catch (const smelt::unavailable &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("PostgreSQL 15") && SMELT_CONTAINS("only PostgreSQL 17"));
        CHECK_THAT(e.hint(), SMELT_CONTAINS("smelt db upgrade"));
    }
    try {
        installation_for({}, 15);
        FAIL("found something");
    } catch (const smelt::unavailable &e) {
        CHECK_THAT(e.hint(), SMELT_CONTAINS("postgresql-15") && !SMELT_CONTAINS("upgrade"));
    }
    CHECK_THROWS_AS(newest_installation({}), smelt::unavailable);
    CHECK_THROWS_AS(newest_installation({{14, "/14"}}), smelt::unavailable);
}
