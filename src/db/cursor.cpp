#include "smelt/db/connection.hpp"

#include <atomic>

namespace smelt::db {
namespace {

std::string next_name() {
    static std::atomic<unsigned> used{0};
    return "smelt_cursor_" + std::to_string(used++);
}

} // namespace

cursor::cursor(transaction &tx, const std::string &sql) : transaction_{tx}, name_{next_name()} {
    tx.exec("SET LOCAL cursor_tuple_fraction = 1; DECLARE " + name_ + " NO SCROLL CURSOR FOR " + sql);
}

pqxx::result cursor::fetch(int rows) {
    return transaction_.exec("FETCH FORWARD " + std::to_string(rows) + " FROM " + name_);
}

void cursor::close() {
    transaction_.exec("CLOSE " + name_);
}

} // namespace smelt::db
