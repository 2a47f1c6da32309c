#include "begin.hpp"
#include "guard.hpp"

#include "smelt/db/connection.hpp"

namespace smelt::db {
namespace {

std::string limit(std::string_view name, std::chrono::milliseconds value) {
    return "; SET LOCAL " + std::string{name} + " = " + std::to_string(value.count());
}

/// What follows BEGIN, in the same message to the server.
std::string settings_of(const transaction::mode &m) {
    auto sql = limit("statement_timeout", m.bounds.statement) + limit("lock_timeout", m.bounds.lock) +
               limit("idle_in_transaction_session_timeout", m.bounds.idle);
    if (m.durable)
        sql += "; SET LOCAL synchronous_commit = on";
    return sql;
}

} // namespace

transaction::transaction(connection &c, const mode &m) : connection_{c} {
    work_ = guarded(connection_, failed_, [&] { return begin(c.raw(), m.read_only, settings_of(m)); });
}

transaction::~transaction() = default;

pqxx::result transaction::run(std::string_view sql, const parameter *values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        refuse_nul(values[i], "parameter $" + std::to_string(i + 1));
    auto rows = guarded(connection_, failed_, [&] { return execute(*work_, sql, values, count); });
    failed_ = false; // after a failure only a rollback to a savepoint gets here
    return rows;
}

pqxx::result transaction::exec_alone(std::string_view sql) {
    return guarded(connection_, failed_, [&] { return execute_alone(*work_, sql); });
}

void transaction::commit() {
    if (failed_)
        throw std::logic_error{"commit after a failed statement"};
    if (open_copies_ > 0)
        throw std::logic_error{"commit while a COPY is not complete"};
    guarded(connection_, failed_, [&] { work_->commit(); });
}

} // namespace smelt::db
