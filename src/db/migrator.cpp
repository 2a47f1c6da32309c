#include "smelt/db/migrator.hpp"

#include "migration_plan.hpp"

#include "smelt/base/hash.hpp"

namespace smelt::db {
namespace {

/// Any number that nobody else locks with; the same in every release, so that old and new binaries exclude each other.
constexpr std::int64_t lock_key = 0x736d656c74; // "smelt"

constexpr int oldest_server = 150000;

std::vector<applied_migration> applied(transaction &tx) {
    if (tx.exec_one("SELECT to_regclass('smelt.migration') IS NULL")[0].as<bool>())
        return {};
    std::vector<applied_migration> out;
    for (const auto &row : tx.exec("SELECT number, name, checksum FROM smelt.migration ORDER BY number"))
        out.push_back({row[0].as<int>(), row[1].as<std::string>(), row[2].as<std::string>()});
    return out;
}

void check_server(connection &c) {
    const auto version = c.raw().server_version();
    if (version < oldest_server)
        throw usage_error{"the server is PostgreSQL " + std::to_string(version / 10000) +
                              ", but smelt needs 15 or newer",
                          "upgrade it, or leave out DATABASE_URL and --db to use a server of smelt's own"};
}

void make_bookkeeping(transaction &tx) {
    tx.exec("CREATE SCHEMA IF NOT EXISTS smelt;"
            "CREATE TABLE IF NOT EXISTS smelt.migration ("
            "  number     int         PRIMARY KEY,"
            "  name       text        NOT NULL,"
            "  checksum   text        NOT NULL,"
            "  applied_at timestamptz NOT NULL DEFAULT clock_timestamp())");
}

void apply(transaction &tx, const migration &step) {
    try {
        if (step.number == 1)
            make_bookkeeping(tx);
        tx.exec(step.sql);
    } catch (const pqxx::insufficient_privilege &e) {
        throw usage_error{"migration " + std::string{step.name} + " is not allowed: " + e.what(),
                          "migrate as the owner of the database (smelt migrate --db ...)"};
    } catch (const pqxx::sql_error &e) {
        throw usage_error{"migration " + std::string{step.name} + " failed: " + e.what(),
                          "nothing was changed; the database may hold objects that were not made by smelt"};
    }
    tx.exec("INSERT INTO smelt.migration (number, name, checksum) VALUES ($1, $2, $3)", step.number, step.name,
            sha256_hex(step.sql));
}

} // namespace

schema_state inspect_schema(connection &c) {
    check_server(c);
    transaction tx{c, {.read_only = true}};
    const auto done = applied(tx);
    tx.commit();
    const auto missing = missing_migrations(all_migrations(), done);
    if (done.empty())
        return schema_state::absent;
    return missing.empty() ? schema_state::current : schema_state::older;
}

std::vector<std::string> migrate(connection &c) {
    check_server(c);
    // An index on a large table may take longer than a statement may otherwise.
    transaction tx{c, {.durable = true, .bounds = {.statement = {}, .lock = std::chrono::minutes{2}, .idle = {}}}};
    tx.exec("SELECT pg_advisory_xact_lock($1)", lock_key);
    tx.exec("SET LOCAL client_min_messages = warning");
    std::vector<std::string> names;
    for (const auto &step : missing_migrations(all_migrations(), applied(tx))) {
        apply(tx, step);
        names.emplace_back(step.name);
    }
    tx.commit();
    return names;
}

} // namespace smelt::db
