#include "write_back_check.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/sql_problem.hpp"
#include "smelt/store/write_back.hpp"

#include <pqxx/pqxx>

#include <set>
#include <string>

namespace smelt::orchestrator {
namespace {

/// PREPARE takes a query or a change of rows, and nothing that begins, ends or sets. False: somebody has locked the
/// table; the statement was checked before, or is when it is run.
bool try_statement(db::connection &c, const config::pipeline &p, write_back_event event,
                   const config::write_back_statement &statement) {
    db::transaction tx{c, {.read_only = false, .durable = false, .bounds = {.lock = std::chrono::seconds{2}}}};
    store::write_back_queue queue{tx};
    queue.begin({}, {}, event);
    queue.assume_role();
    try {
        tx.exec_alone("PREPARE smelt_write_back AS " + statement.sql);
        const auto parameters =
            tx.exec_one("SELECT cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements "
                        "WHERE name = 'smelt_write_back'")[0]
                .as<int>();
        tx.exec("DEALLOCATE smelt_write_back");
        if (parameters > 0)
            throw file_error{(p.folder / statement.file).string(), 0, "write_back: $1 stands for nothing",
                             "all values are columns of the relation rows"};
    } catch (const pqxx::sql_error &e) {
        constexpr const char *lock_not_available = "55P03";
        if (e.sqlstate() == lock_not_available)
            return false;
        throw file_error{
            (p.folder / statement.file).string(), 0,
            "write_back: PostgreSQL does not accept it: " + db::brief_message(e.what()),
            "it is one SELECT, INSERT, UPDATE, DELETE or MERGE over the relation rows: docs/write-back.md"};
    }
    return true;
}

} // namespace

void check_write_back(db::connection &c, const config::pipeline &p) {
    std::set<std::string> tried;
    for (const auto &task : p.tasks)
        for (const auto &[event, statements] : task.write_back)
            for (const auto &statement : statements)
                if (tried.insert(statement.sql).second && !try_statement(c, p, event, statement))
                    return; // each try may wait as long
}

} // namespace smelt::orchestrator
