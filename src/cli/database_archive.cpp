#include "database_archive.hpp"

#include "open_database.hpp"
#include "terminal/confirm.hpp"

#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/psql_command.hpp"
#include "smelt/db/archive.hpp"
#include "smelt/db/migrator.hpp"
#include "smelt/store/installation.hpp"

#include <filesystem>
#include <ostream>
#include <unistd.h>

namespace smelt::cli {
namespace {

db::archive_login login_of(const std::string &conninfo) {
    const auto split = split_password(conninfo);
    return {split.conninfo, split.password};
}

bool has_smelt(db::connection &c) {
    db::transaction tx{c, {.read_only = true}};
    return tx.exec_one("SELECT to_regclass('smelt.migration') IS NOT NULL")[0].as<bool>();
}

void require_smelt(db::connection &c) {
    if (!has_smelt(c))
        throw usage_error{"this database has nothing of smelt", "smelt db status shows which one it is"};
}

void require_room(db::connection &c, const std::string &what) {
    db::transaction tx{c, {.read_only = true}};
    if (tx.exec_one("SELECT to_regnamespace('smelt') IS NOT NULL OR to_regnamespace('smelt_out') IS NOT NULL")[0]
            .as<bool>())
        throw usage_error{
            what + " has a schema smelt already; nothing was changed",
            "name an empty database, with --db or DATABASE_URL; the private one is made anew after smelt db "
            "stop when its folder pg was moved away"};
}

/// What a dump without rights leaves out; and the database is in use from now on, whatever became of the dumped one.
constexpr const char *after_restore = "GRANT USAGE ON SCHEMA smelt_functions TO PUBLIC; "
                                      "UPDATE smelt.installation SET moved_to = NULL, moved_at = NULL, "
                                      "move_is_done = false";

/// Says in the new database that a move to it has begun: nothing is made there until it has come to its end.
constexpr const char *moving_schema = "smelt_moving";

void refuse_live_runs(store::installation &table) {
    const auto live = table.live_runs();
    if (live.empty())
        return;
    throw usage_error{"a run is under way on " + live.front().place + "; nothing was changed",
                      "stop the timer and wait until it has ended (where it was killed: " +
                          std::to_string(live.front().seconds) + " s at most)"};
}

/// From here on no run begins in the old database.
void close_old(db::connection &c, const std::string &to) {
    db::transaction tx{c};
    store::installation table{tx};
    if (table.is_moved_away() && table.moved_to() != to)
        table.refuse_moved();
    table.move(to); // waits for runs that are beginning
    refuse_live_runs(table);
    tx.commit();
}

void open_again(db::connection &c) {
    db::transaction tx{c};
    store::installation{tx}.stay();
    tx.commit();
}

void compare(db::connection &from, db::connection &to) {
    const auto counts_of = [](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {.statement = {}}}};
        return store::installation{tx}.row_counts();
    };
    const auto there = counts_of(from), here = counts_of(to);
    if (there != here)
        throw usage_error{"the new database has not the rows of the old one",
                          "nothing runs in the old one; repeat smelt "
                          "db move with an empty database"};
}

/// A file that only its owner can read and that goes with the object.
class passing_file {
  public:
    explicit passing_file(const std::filesystem::path &folder)
        : path_{folder / ("smelt-move-" + std::to_string(::getpid()) + ".dump")} {}
    ~passing_file() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    passing_file(const passing_file &) = delete;
    passing_file &operator=(const passing_file &) = delete;
    [[nodiscard]] const std::filesystem::path &path() const { return path_; }

  private:
    std::filesystem::path path_;
};

void carry_over(database &from, const std::string &target, db::connection &to) {
    {
        db::transaction tx{to};
        tx.exec("CREATE SCHEMA IF NOT EXISTS " + std::string{moving_schema});
        tx.commit();
    }
    std::filesystem::create_directories(from.settings.home);
    const passing_file file{from.settings.home};
    db::dump_archive(login_of(from.conninfo), file.path());
    db::restore_archive(login_of(target), file.path(), std::string{after_restore} + "; DROP SCHEMA " + moving_schema);
    compare(*from.connection, to);
    store::remember_cluster(to, true);
    db::transaction last{*from.connection};
    store::installation{last}.set_moved_away();
    last.commit();
}

} // namespace

std::string database_url(context &c) {
    const auto target = open_database(c, "db url", schema_need::any, {});
    const auto known = split_password(target.conninfo).conninfo;
    if (known.starts_with("postgres"))
        return known;
    auto &raw = target.connection->raw();
    const auto text = [](const char *value) { return std::string{value == nullptr ? "" : value}; };
    const auto host = text(raw.hostname()), port = text(raw.port());
    const bool is_socket = host.empty() || host.front() == '/';
    const auto user = percent_encode(text(raw.username())), name = percent_encode(text(raw.dbname()));
    if (is_socket)
        return "postgresql:///" + name + "?user=" + user + (host.empty() ? "" : "&host=" + percent_encode(host)) +
               "&port=" + port;
    return "postgresql://" + user + "@" + host + ":" + port + "/" + name;
}

exit_code dump_database(context &c, const std::string &file) {
    auto database = open_database(c, "db dump", schema_need::any, {});
    require_smelt(*database.connection);
    db::dump_archive(login_of(database.conninfo), file);
    c.out << "Written: " << printable(file) << " ("
          << short_bytes(static_cast<std::int64_t>(std::filesystem::file_size(file))) << ").\n";
    return exit_code::ok;
}

exit_code restore_database(context &c, const std::string &file, bool as_copy) {
    auto database = open_database(c, "db restore", schema_need::any, {});
    require_room(*database.connection, "this database");
    db::restore_archive(login_of(database.conninfo), file,
                        std::string{after_restore} + (as_copy ? "; " + store::become_another_sql() : ""));
    if (as_copy)
        store::remember_cluster(*database.connection, true);
    const bool is_older = db::inspect_schema(*database.connection) == db::schema_state::older;
    c.out << "Restored from " << printable(file) << ".\n";
    if (is_older)
        c.out << "It was made by an older smelt: smelt migrate brings it up to date.\n";
    if (as_copy)
        c.out << "It is an installation of its own now: what was under way is sent again by later runs,\n"
                 "when the time is over within which the original may have sent it.\n";
    else
        c.out << "What was sent after the dump is not known here: before the next run, call\n"
                 "smelt adopt --from-provider PIPELINE for each pipeline.\n";
    return exit_code::ok;
}

exit_code move_database(context &c, const std::string &target, bool asks) {
    auto from = open_database(c, "db move", schema_need::any, {});
    require_smelt(*from.connection);
    if (db::inspect_schema(*from.connection) == db::schema_state::older)
        throw usage_error{"this database was made by an older smelt", "bring it up to date with smelt migrate before"};
    const auto to_name = split_password(target).conninfo;
    db::connection to{target, "smelt db move"};
    require_room(to, "the new database");
    if (asks && !confirm(c, "Move everything to " + to_name + "? Nothing runs in the old database after that.")) {
        c.out << "Nothing was changed.\n";
        return exit_code::ok;
    }
    close_old(*from.connection, to_name);
    try {
        carry_over(from, target, to);
    } catch (...) {
        if (!has_smelt(to)) {
            open_again(*from.connection);
            db::transaction tx{to};
            tx.exec("DROP SCHEMA IF EXISTS " + std::string{moving_schema});
            tx.commit();
        }
        throw;
    }
    c.out << "Moved to " << printable(to_name)
          << ". Say so in every .env, crontab and unit:\n  DATABASE_URL=" << printable(to_name)
          << "\nThe old database refuses to be used from now on; remove it when you have looked.\n";
    return exit_code::ok;
}

} // namespace smelt::cli
