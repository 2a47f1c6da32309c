#include "smelt/db/connection.hpp"

#include "conninfo.hpp"

#include <sys/socket.h>

namespace smelt::db {
namespace {

std::unique_ptr<pqxx::connection> open(const std::string &conninfo, std::string_view purpose) {
    try {
        return std::make_unique<pqxx::connection>(session_conninfo(conninfo, purpose));
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception &e) {
        // Version 6 reports an unreadable connection string as another type than a refused connection; both end here.
        throw unavailable{connect_problem(e.what(), conninfo), connect_hint(e.what())};
    }
}

} // namespace

connection::connection(const std::string &conninfo, std::string_view purpose) : connection_{open(conninfo, purpose)} {}

void connection::cancel() {
    cancelled_ = true;
    connection_->cancel_query();
}

bool connection::is_stale() const {
    char byte = 0;
    return !connection_->is_open() || ::recv(connection_->sock(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

} // namespace smelt::db
