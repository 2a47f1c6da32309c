#pragma once

#include "smelt/base/error.hpp"
#include "smelt/db/parameter.hpp"
#include "smelt/db/statement.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one adapter over libpqxx 6.4 (Debian 12) and 7.10 (Debian 13). Everything here works behind PgBouncer in
/// transaction mode: no startup options, no session SET, no named prepared statements, no session advisory locks.
namespace smelt::db {

/// Limits that every transaction sets with SET LOCAL. Zero switches a limit off.
struct limits {
    std::chrono::milliseconds statement{std::chrono::minutes{5}};
    std::chrono::milliseconds lock{std::chrono::seconds{30}};
    std::chrono::milliseconds idle{std::chrono::minutes{2}};
};

/// A connection with a purpose, which is its application_name. Used by one thread at a time. Throws unavailable when
/// the server cannot be reached or refuses; the message never contains a password.
class connection {
  public:
    connection(const std::string &conninfo, std::string_view purpose);
    [[nodiscard]] pqxx::connection &raw() { return *connection_; }
    [[nodiscard]] bool is_open() const { return connection_->is_open(); }
    /// Asks the server to stop the statement that another thread runs on this connection.
    void cancel();
    /// Whether cancel was called: a cancelled statement is then nobody's fault.
    [[nodiscard]] bool was_cancelled() const { return cancelled_; }
    /// Whether an idle session has something to read: a server that went away said so, or closed the socket.
    [[nodiscard]] bool is_stale() const;

  private:
    std::unique_ptr<pqxx::connection> connection_;
    std::atomic<bool> cancelled_{false};
};

/// One text array literal for a $n::type[] parameter: libpqxx 6 cannot bind vectors.
std::string array_literal(const std::vector<std::string> &values);
std::string array_literal(const std::vector<std::optional<std::string>> &values);
std::string array_literal(const std::vector<std::int64_t> &values);
std::string array_literal(const std::vector<std::int32_t> &values);

/// A field's bytes while its result lives.
inline std::string_view view(const pqxx::field &field) {
    return {field.c_str(), field.size()};
}

/// What is thrown when the connection broke while a commit was under way: the work may or may not have been kept.
class outcome_unknown : public unavailable {
  public:
    using unavailable::unavailable;
};

/// A transaction that begins with its limits, in one round trip; destruction without commit() rolls back. A lost
/// connection throws unavailable; errors of statements keep their libpqxx types (catch pqxx::transaction_rollback
/// before pqxx::sql_error: version 6 does not derive the one from the other).
class transaction {
  public:
    /// read_only transactions refuse writes; durable ones commit with synchronous_commit = on whatever the server's
    /// default.
    struct mode {
        bool read_only = false;
        bool durable = false;
        limits bounds{};
    };
    explicit transaction(connection &c) : transaction{c, mode{}} {}
    transaction(connection &c, const mode &m);
    ~transaction();
    transaction(const transaction &) = delete;
    transaction &operator=(const transaction &) = delete;

    /// Runs one statement with parameters bound by the server ($1 ...), never pasted. Arguments: strings, string views,
    /// integers, doubles, bools, enums and ids (as their numbers), std::optional of these, std::nullopt. A text that
    /// holds a NUL is a usage_error, since PostgreSQL would cut it there. Statements with no arguments may hold several
    /// commands.
    template <class... Args>
    pqxx::result exec(std::string_view sql, const Args &...args);
    template <std::size_t N, class... Args>
    requires(sizeof...(Args) == N) pqxx::result exec(const statement<N> &s, const Args &...args) {
        return exec(s.text, args...);
    }

    /// The same with as many parameters as there are.
    pqxx::result exec_list(std::string_view sql, const std::vector<parameter> &values) {
        return run(sql, values.data(), values.size());
    }

    /// As exec, and throws std::logic_error unless exactly one row comes back.
    template <class... Args>
    pqxx::row exec_one(std::string_view sql, const Args &...args);
    template <std::size_t N, class... Args>
    requires(sizeof...(Args) == N) pqxx::row exec_one(const statement<N> &s, const Args &...args) {
        return exec_one(s.text, args...);
    }

    /// Runs one statement of the user's; several in one text are refused.
    pqxx::result exec_alone(std::string_view sql);

    /// Throws outcome_unknown when the connection broke during the commit, and std::logic_error after a failed
    /// statement or an incomplete COPY: PostgreSQL would answer such a COMMIT with a silent rollback.
    void commit();
    [[nodiscard]] pqxx::transaction_base &raw() { return *work_; }

  private:
    friend class copy_writer;
    pqxx::result run(std::string_view sql, const parameter *values, std::size_t count);

    connection &connection_;
    std::unique_ptr<pqxx::transaction_base> work_;
    bool failed_ = false;
    int open_copies_ = 0;
};

/// COPY into a table: rows of what exec takes. complete() is always needed: a destructor cannot report failure. Table
/// is used as written ("smelt.attempt", "incoming"). Rows travel in blocks, so an error may surface rows later, or in
/// complete().
class copy_writer {
  public:
    copy_writer(transaction &tx, const std::string &table, const std::vector<std::string> &columns);
    ~copy_writer();
    copy_writer(const copy_writer &) = delete;
    copy_writer &operator=(const copy_writer &) = delete;

    template <class... Fields>
    void row(const Fields &...fields);
    void complete();

  private:
    void write(const parameter *fields, std::size_t count);
    void flush();

    transaction &transaction_;
    std::string table_;
    std::unique_ptr<pqxx::stream_to> stream_;
    std::string block_;                                   ///< rows not sent yet (libpqxx 6)
    std::vector<std::optional<std::string_view>> fields_; ///< of the row in hand (libpqxx 7)
    bool complete_ = false;
};

/// A server-side cursor of a transaction. Planned for reading everything, not the first tenth.
class cursor {
  public:
    cursor(transaction &tx, const std::string &sql);
    pqxx::result fetch(int rows);
    void close();

  private:
    transaction &transaction_;
    std::string name_;
};

/// Streams a query in pieces through a cursor inside the transaction: each(result) is called until it is exhausted or
/// each returns false. No parameters in cursors of libpqxx 6: bind values by joining a small temporary table, or use
/// integers that `sql` already holds as text made from typed ids.
template <class Each>
void for_each_piece(transaction &tx, const std::string &sql, int rows_per_piece, Each each);

} // namespace smelt::db

#include "smelt/db/connection.ipp"
