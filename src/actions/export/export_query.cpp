#include "smelt/actions/export.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/db/sql_problem.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

namespace smelt::actions {
namespace {

// Types of pg_catalog, whose numbers never change (pg_type.dat).
constexpr pqxx::oid type_bool = 16, type_int8 = 20, type_int2 = 21, type_int4 = 23, type_json = 114, type_float4 = 700,
                    type_float8 = 701, type_numeric = 1700, type_jsonb = 3802;

enum class value_kind { text, number, boolean, document };

value_kind kind_of(pqxx::oid type) {
    switch (type) {
    case type_bool:
        return value_kind::boolean;
    case type_int8:
    case type_int2:
    case type_int4:
    case type_float4:
    case type_float8:
    case type_numeric:
        return value_kind::number;
    case type_json:
    case type_jsonb:
        return value_kind::document;
    default:
        return value_kind::text;
    }
}

cell cell_of(const pqxx::field &field, value_kind kind) {
    if (field.is_null())
        return {};
    std::string text{field.c_str(), field.size()};
    if (kind == value_kind::boolean)
        return {text == "t" ? "true" : "false", true};
    const bool is_number = kind == value_kind::number && text.find_first_of("NI") == std::string::npos; // NaN, Infinity
    return {std::move(text), is_number || kind == value_kind::document};
}

/// The role of few rights that an administrator made for reading.
void lower_role(db::transaction &tx) {
    const auto roles = tx.exec("SELECT rolname FROM pg_roles WHERE rolname IN ('smelt_read', 'smelt_rules') AND "
                               "pg_has_role(current_user, oid, 'MEMBER') ORDER BY rolname LIMIT 1");
    if (!roles.empty())
        tx.exec(std::string{"SET LOCAL ROLE "} + roles[0][0].c_str());
}

struct query_columns {
    std::vector<std::string> names;
    std::vector<value_kind> kinds;
};

/// The parameter makes libpqxx use the extended protocol, which takes one statement only.
query_columns columns_of_query(db::transaction &tx, const std::string &query) {
    const auto none = tx.exec("SELECT * FROM (" + query + "\n) AS q WHERE $1::text IS NULL LIMIT 0", "");
    query_columns columns;
    for (pqxx::row_size_type i = 0; i < none.columns(); ++i) {
        columns.names.emplace_back(none.column_name(i));
        columns.kinds.push_back(kind_of(none.column_type(i)));
    }
    if (columns.names.empty())
        throw usage_error{"--sql: the query has no columns"};
    std::set<std::string> seen;
    for (const auto &name : columns.names)
        if (!seen.insert(lower_ascii(name)).second)
            throw usage_error{"--sql: two columns are named \"" + name + "\", or differ in case only",
                              "name one of them otherwise with AS"};
    return columns;
}

} // namespace

void export_query(db::connection &c, const std::string &query,
                  const std::function<table_writer &(const std::vector<std::string> &)> &make) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {.statement = {}, .idle = {}}}};
    lower_role(tx);
    try {
        const auto columns = columns_of_query(tx, query);
        auto &table = make(columns.names);
        std::vector<cell> cells(columns.names.size());
        db::for_each_piece(tx, "SELECT * FROM (" + query + "\n) AS q", 2000, [&](const pqxx::result &rows) {
            for (const auto &row : rows) {
                for (std::size_t i = 0; i < cells.size(); ++i)
                    cells[i] = cell_of(row[static_cast<pqxx::row_size_type>(i)], columns.kinds[i]);
                table.row(cells);
            }
            return true;
        });
    } catch (const pqxx::sql_error &e) {
        const bool is_grammar = e.sqlstate().starts_with("42601");
        throw usage_error{"--sql: PostgreSQL does not accept it: " + db::brief_message(e.what()),
                          is_grammar ? "the file holds one SELECT without a semicolon at its end"
                                     : "try the query with smelt db psql"};
    }
}

} // namespace smelt::actions
