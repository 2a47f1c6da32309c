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
by itself for the private database and for an empty one.

Example:
  smelt migrate --db "host=db.example.org dbname=papers"

)";

} // namespace

void describe(option_set &command, migrate_arguments &a) {
    command.flag("--create-database", a.create_database, create_database_text);
    command.footer(footer);
}

exit_code execute(const migrate_arguments &a, context &c) {
    auto database = open_database(c, "migrate", schema_need::any, {}, a.create_database);
    const auto applied = db::migrate(*database.connection);
    if (applied.empty())
        c.out << "The schema is up to date.\n";
    else
        c.out << "Applied " << join_with(applied, ", ") << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
