#include "smelt/db/migrator.hpp"

#include "migration_plan.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/db/sql_name.hpp"

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

constexpr const char *bookkeeping = "CREATE SCHEMA IF NOT EXISTS smelt;\n"
                                    "CREATE TABLE IF NOT EXISTS smelt.migration (\n"
                                    "  number     int         PRIMARY KEY,\n"
                                    "  name       text        NOT NULL,\n"
                                    "  checksum   text        NOT NULL,\n"
                                    "  applied_at timestamptz NOT NULL DEFAULT clock_timestamp())";

/// No run begins before this transaction has ended, and none then that does not know what it has done.
void refuse_live_runs(transaction &tx) {
    if (tx.exec_one("SELECT to_regclass('smelt.runner') IS NULL")[0].as<bool>())
        return;
    tx.exec("LOCK TABLE smelt.runner IN SHARE ROW EXCLUSIVE MODE");
    const auto live = tx.exec("SELECT host || ' (pid ' || pid || ')', ceil(extract(epoch FROM lease_until - "
                              "clock_timestamp()))::int FROM smelt.runner WHERE ended_at IS NULL AND lease_until > "
                              "clock_timestamp() ORDER BY id");
    if (!live.empty())
        throw usage_error{"a run is under way on " + live[0][0].as<std::string>() +
                              ", which would go on with the older tables; nothing was changed",
                          "stop the timer, wait until it has ended (where it was killed: " +
                              live[0][1].as<std::string>() + " s at most), and migrate then"};
}

void apply(transaction &tx, const migration &step) {
    try {
        if (step.number == 1)
            tx.exec(bookkeeping);
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

namespace {

/// smelt db move makes the schema when it begins, and drops it with its last statement.
void refuse_unfinished_move(connection &c) {
    transaction tx{c, {.read_only = true}};
    if (tx.exec_one("SELECT to_regnamespace('smelt_moving') IS NOT NULL")[0].as<bool>())
        throw usage_error{
            "a move to this database has begun and has not come to its end",
            "repeat smelt db move for the old one; where there is none any more: DROP SCHEMA smelt_moving"};
}

} // namespace

schema_state inspect_schema(connection &c) {
    check_server(c);
    transaction tx{c, {.read_only = true}};
    const auto done = applied(tx);
    tx.commit();
    const auto missing = missing_migrations(all_migrations(), done);
    if (done.empty()) {
        refuse_unfinished_move(c);
        return schema_state::absent;
    }
    return missing.empty() ? schema_state::current : schema_state::older;
}

std::vector<migration_state> migration_states(connection &c) {
    check_server(c);
    transaction tx{c, {.read_only = true}};
    const auto known = all_migrations();
    const auto done = applied(tx);
    missing_migrations(known, done); // throws for what is another's
    std::vector<migration_state> states;
    for (std::size_t i = 0; i < known.size(); ++i) {
        auto &state = states.emplace_back(migration_state{std::string{known[i].name}, {}});
        if (i < done.size())
            state.applied_at = tx.exec_one("SELECT to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' "
                                           "UTC' FROM smelt.migration WHERE number = $1",
                                           known[i].number)[0]
                                   .as<std::string>();
    }
    return states;
}

std::string missing_sql(connection &c) {
    check_server(c);
    transaction tx{c, {.read_only = true}};
    const auto steps = missing_migrations(all_migrations(), applied(tx));
    if (steps.empty())
        return {};
    std::string script = "BEGIN;\nSET LOCAL client_min_messages = warning;\n";
    for (const auto &step : steps) {
        script += "\n-- " + std::string{step.name} + "\n";
        if (step.number == 1)
            script += std::string{bookkeeping} + ";\n";
        script += std::string{step.sql};
        script += "\nINSERT INTO smelt.migration (number, name, checksum) VALUES (" + std::to_string(step.number) +
                  ", " + quoted_text(step.name) + ", '" + sha256_hex(step.sql) + "');\n";
    }
    return script + "COMMIT;\n";
}

std::vector<std::string> migrate(connection &c, bool keeps) {
    check_server(c);
    // An index on a large table may take longer than a statement may otherwise.
    transaction tx{c, {.durable = true, .bounds = {.statement = {}, .lock = std::chrono::minutes{2}, .idle = {}}}};
    tx.exec("SELECT pg_advisory_xact_lock($1)", lock_key);
    tx.exec("SET LOCAL client_min_messages = warning");
    std::vector<std::string> names;
    const auto steps = missing_migrations(all_migrations(), applied(tx));
    if (!steps.empty())
        refuse_live_runs(tx);
    for (const auto &step : steps) {
        apply(tx, step);
        names.emplace_back(step.name);
    }
    if (keeps)
        tx.commit();
    return names;
}

} // namespace smelt::db
