#include "cli/database_archive.hpp"
#include "cli/database_size.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/psql_command.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/store/installation.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <unistd.h>

namespace smelt::cli {
namespace {

constexpr const char *footer = R"(Actions:
  start    start the private PostgreSQL, making its cluster when there is none
  stop     stop it; the next command that needs it starts it again
  status   which database is used, and whether it runs
  psql     open psql on the database that all commands use; arguments after --
  url      how other programs connect to it, without the password
  size     what takes room, by table and pipeline, and what retention would free
  dump     FILE: write all that Smelt has in it into a file; runs may go on meanwhile
  restore  FILE: read such a file into a database that has nothing of Smelt yet. With --copy the
           one that it was made from goes on working, and this is another installation
  move     TARGET: take everything to another database; nothing runs in the old one after that
  upgrade  move the private cluster to the newest PostgreSQL that is installed

The private PostgreSQL lives under SMELT_HOME (/var/lib/smelt for root, else
~/.local/share/smelt), listens on a unix socket only and is used when neither --db, nor
DATABASE_URL, nor a libpq variable names a database (smelt --help has the whole order). At a
terminal smelt run makes it by itself; scripts and cron call smelt db start once.

Examples:
  smelt db status
  smelt db psql
  smelt db psql -- -c 'SELECT * FROM smelt.status'
  smelt db dump /backup/smelt.dump
  smelt db move postgresql://smelt@db.example.org/smelt

)";

config::settings embedded_settings(const context &c, const std::string &action) {
    auto settings = find_settings(c, {});
    if (!settings.embedded)
        throw usage_error{"smelt db " + action + " is about the private database, but another one is configured",
                          "leave out --db, DATABASE_URL and the libpq variables (PGHOST, PGDATABASE, ...)"};
    return settings;
}

exit_code start(context &c) {
    db::embedded_server server{embedded_settings(c, "start").home};
    const bool was_running = server.inspect().running;
    const auto conninfo = server.ensure_running();
    c.out << (was_running ? "It runs already: " : "Started: ") << conninfo << '\n';
    return exit_code::ok;
}

exit_code stop(context &c) {
    db::embedded_server server{embedded_settings(c, "stop").home};
    const bool was_running = server.inspect().running;
    server.stop();
    c.out << (was_running ? "Stopped.\n" : "It does not run.\n");
    return exit_code::ok;
}

exit_code status(context &c) {
    const auto settings = find_settings(c, {});
    if (!settings.embedded) {
        const db::connection connection{settings.database, "smelt db status"};
        c.out << "database   " << split_password(settings.database).conninfo
              << (settings.database.empty() ? "from the libpq variables" : "") << "\nstate      reachable\n";
        return exit_code::ok;
    }
    const auto state = db::embedded_server{settings.home}.inspect();
    c.out << "database   private, PostgreSQL " << (state.version.empty() ? "(not made yet)" : state.version) << '\n'
          << "state      " << (state.running ? "running, pid " + std::to_string(state.pid) : "stopped") << '\n'
          << "cluster    " << state.data.string() << '\n'
          << "log        " << state.log.string() << '\n';
    if (!state.conninfo.empty())
        c.out << "connect    psql \"" << state.conninfo << "\"\n";
    return exit_code::ok;
}

exit_code upgrade(context &c) {
    db::embedded_server server{embedded_settings(c, "upgrade").home};
    const auto before = server.inspect().version;
    if (!server.upgrade()) {
        c.out << "Nothing to do: the cluster is PostgreSQL " << before << ", and no newer one is installed.\n";
        return exit_code::ok;
    }
    db::connection connection{server.ensure_running(), "smelt db upgrade"};
    store::remember_cluster(connection, true); // doctor would take the new cluster for a restored one
    c.out << "The cluster was PostgreSQL " << before << " and is " << server.inspect().version << " now.\n";
    return exit_code::ok;
}

/// Becomes psql; returns only by exception.
[[noreturn]] void become_psql(const std::vector<std::string> &more, context &c) {
    const auto target = split_password(open_database(c, "db psql", schema_need::any, {}).conninfo);
    if (!target.password.empty())
        ::setenv("PGPASSWORD", target.password.c_str(), 1);
    auto arguments = psql_arguments(target.conninfo, more);
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (auto &argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    c.out.flush();
    std::signal(SIGPIPE, SIG_DFL); // ignored signals stay ignored across exec
    ::execvp("psql", argv.data());
    throw usage_error{std::string{"psql cannot be started: "} + std::strerror(errno),
                      "install the package postgresql-client"};
}

/// The one argument that these take.
const std::string &only_argument(const db_arguments &a, const std::string &what) {
    if (a.arguments.size() != 1 || a.arguments.front().empty())
        throw usage_error{"smelt db " + a.action + " takes one argument: " + what, "see: smelt db --help"};
    return a.arguments.front();
}

exit_code with_argument(const db_arguments &a, context &c) {
    if (a.action == "dump")
        return dump_database(c, only_argument(a, "the file to write"));
    if (a.action == "restore")
        return restore_database(c, only_argument(a, "the file to read"), a.copy);
    return move_database(c, only_argument(a, "the new database, as --db takes it"), !a.yes);
}

exit_code without_argument(const db_arguments &a, context &c) {
    if (!a.arguments.empty())
        throw usage_error{"smelt db " + a.action + " takes no arguments", "see: smelt db --help"};
    if (a.action == "start")
        return start(c);
    if (a.action == "stop")
        return stop(c);
    if (a.action == "upgrade")
        return upgrade(c);
    if (a.action == "size")
        return show_size(c);
    if (a.action == "url") {
        c.out << database_url(c) << '\n';
        return exit_code::ok;
    }
    return status(c);
}

} // namespace

void describe(option_set &command, db_arguments &a) {
    command.positional("ACTION", a.action, "start, stop, status, psql, url, size, dump, restore, move or upgrade")
        .required()
        .one_of({"start", "stop", "status", "psql", "url", "size", "dump", "restore", "move", "upgrade"});
    command.positional("ARGS", a.arguments, "A file, the new database, or arguments of psql, after --");
    command.flag("--copy", a.copy, "restore: as an installation of its own");
    command.flag("--yes", a.yes, "move: do not ask; required when standard input is not a terminal");
    command.footer(footer);
}

exit_code execute(const db_arguments &a, context &c) {
    if (a.copy && a.action != "restore")
        throw usage_error{"--copy is about smelt db restore", "leave it out"};
    if (a.action == "psql")
        become_psql(a.arguments, c);
    if (a.action == "dump" || a.action == "restore" || a.action == "move")
        return with_argument(a, c);
    return without_argument(a, c);
}

} // namespace smelt::cli
