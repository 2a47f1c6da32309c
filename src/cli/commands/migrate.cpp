#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/words.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/db/migrator.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Migrations go forward only and are applied in one transaction under a lock, so that several
machines may migrate at once and an interrupted one leaves nothing behind. smelt run does this
by itself for the private database and for an empty one. While a run is under way nothing is
migrated, and a program that is older than the database refuses to use it. --sql is for whoever
has the right to make tables, where you have not: psql -v ON_ERROR_STOP=1 -f FILE.

Examples:
  smelt migrate --db "host=db.example.org dbname=papers"
  smelt migrate --status
  smelt migrate --sql > migrate.sql

)";

exit_code show_status(db::connection &c, std::ostream &out) {
    for (const auto &one : db::migration_states(c))
        out << one.name << "  " << (one.applied_at.empty() ? "missing" : one.applied_at) << '\n';
    return exit_code::ok;
}

exit_code show_sql(db::connection &c, std::ostream &out) {
    const auto script = db::missing_sql(c);
    out << (script.empty() ? "-- The schema is up to date.\n" : script);
    return exit_code::ok;
}

} // namespace

void describe(option_set &command, migrate_arguments &a) {
    command.flag("--create-database", a.create_database, create_database_text);
    const auto status = command.flag("--status", a.status, "Only show what is applied, and what is missing");
    const auto dry = command.flag("--dry-run", a.dry_run, "Try it, and keep nothing of it").excludes(status);
    command.flag("--sql", a.sql, "Only print the missing SQL").excludes(status).excludes(dry);
    command.footer(footer);
}

exit_code execute(const migrate_arguments &a, context &c) {
    auto database = open_database(c, "migrate", schema_need::any, {}, a.create_database);
    if (a.status)
        return show_status(*database.connection, c.out);
    if (a.sql)
        return show_sql(*database.connection, c.out);
    const auto applied = db::migrate(*database.connection, !a.dry_run);
    if (applied.empty())
        c.out << "The schema is up to date.\n";
    else
        c.out << (a.dry_run ? "Tried, and would apply " : "Applied ") << join_with(applied, ", ") << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
