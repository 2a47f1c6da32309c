#include "smelt/db/sql_problem.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/connection.hpp"

#include <string>

namespace smelt::db {
namespace {

[[noreturn]] void throw_by_state(const pqxx::sql_error &e) {
    const std::string &state = e.sqlstate();
    if (state == "25006")
        throw unavailable{"the database only allows reading: it is a replica, or was set so",
                          "connect to the primary; nothing was changed"};
    if (state == "53100")
        throw unavailable{std::string{"the database's disk is full: "} + e.what(),
                          "make room, then run the command again"};
    if (state.starts_with("53") || state.starts_with("57") || state.starts_with("58"))
        throw unavailable{std::string{"PostgreSQL cannot go on: "} + e.what(), "when it can, run the command again"};
    throw usage_error{std::string{"PostgreSQL refuses a statement: "} + e.what(), "look with: smelt doctor"};
}

} // namespace

void rethrow_sql_problem(const std::exception_ptr &problem) {
    try {
        std::rethrow_exception(problem);
    } catch (const pqxx::broken_connection &e) {
        throw unavailable{std::string{"the connection to PostgreSQL was lost: "} + e.what(), "run the command again"};
    } catch (const pqxx::transaction_rollback &e) {
        throw unavailable{std::string{"another transaction was in the way: "} + e.what(),
                          "nothing was changed; run the command again"};
    } catch (const pqxx::insufficient_privilege &e) {
        throw usage_error{std::string{"PostgreSQL refuses: "} + e.what(),
                          "connect as the owner of the schema smelt (see docs/sql.md for roles)"};
    } catch (const pqxx::sql_error &e) {
        throw_by_state(e);
    }
}

std::string brief_message(const std::string &message) {
    auto line = message.substr(0, message.find('\n'));
    if (line.starts_with("ERROR:"))
        line.erase(0, line.find_first_not_of(' ', 6));
    return line;
}

} // namespace smelt::db
