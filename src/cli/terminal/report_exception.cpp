#include "smelt/base/text.hpp"
#include "smelt/cli/command_line.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/db/connection.hpp"

#include <new>
#include <ostream>

namespace smelt::cli {
namespace {

/// Messages may quote what a server or a file said, so they are made safe to print line by line.
void print(std::ostream &err, std::string_view message, std::string_view hint) {
    std::string prefix = "smelt: ";
    for (message = trim(message); !message.empty();) {
        const auto end = message.find('\n');
        err << prefix << printable(message.substr(0, end)) << '\n';
        message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
        prefix = "  ";
    }
    if (!hint.empty())
        err << "  hint: " << printable(hint) << '\n';
}

/// What PostgreSQL says when the fault is not the statement's: classes of appendix A of its manual.
exit_code report_sql(std::ostream &err, const pqxx::sql_error &e) {
    const std::string &state = e.sqlstate();
    if (state == "25006") {
        print(err, "the database only allows reading: it is a replica, or was set so",
              "connect to the primary; nothing was changed");
        return exit_code::unavailable;
    }
    if (state == "53100") {
        print(err, std::string{"the database's disk is full: "} + e.what(), "make room, then run the command again");
        return exit_code::unavailable;
    }
    if (state.starts_with("53") || state.starts_with("57") || state.starts_with("58")) {
        print(err, std::string{"PostgreSQL cannot go on: "} + e.what(), "when it can, run the command again");
        return exit_code::unavailable;
    }
    print(err, std::string{"PostgreSQL refuses a statement: "} + e.what(), "look with: smelt doctor");
    return exit_code::usage;
}

} // namespace

exit_code report_exception(std::ostream &err) {
    try {
        throw;
    } catch (const reader_gone &e) {
        return e.code();
    } catch (const error &e) {
        print(err, e.what(), e.hint());
        return e.code();
    } catch (const pqxx::broken_connection &e) {
        print(err, std::string{"the connection to PostgreSQL was lost: "} + e.what(), "run the command again");
        return exit_code::unavailable;
    } catch (const pqxx::transaction_rollback &e) {
        print(err, std::string{"another transaction was in the way: "} + e.what(),
              "nothing was changed; run the command again");
        return exit_code::unavailable;
    } catch (const pqxx::insufficient_privilege &e) {
        print(err, std::string{"PostgreSQL refuses: "} + e.what(),
              "connect as the owner of the schema smelt (see docs/sql.md for roles)");
        return exit_code::usage;
    } catch (const pqxx::sql_error &e) {
        return report_sql(err, e);
    } catch (const std::bad_alloc &) {
        print(err, "there is not enough memory", "");
        return exit_code::usage;
    } catch (const std::exception &e) {
        print(err, std::string{"this should not happen: "} + e.what(),
              "what is stored is safe; look with: smelt doctor, and please report the message");
        return exit_code::usage;
    } catch (...) {
        print(err, "this should not happen: an unknown error", "what is stored is safe; look with: smelt doctor");
        return exit_code::usage;
    }
}

} // namespace smelt::cli
