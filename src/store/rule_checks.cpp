#include "smelt/store/rule_checks.hpp"

#include "rule_transaction.hpp"
#include "sql/rules.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/sql_problem.hpp"

namespace smelt::store {
namespace {

struct seen_name {
    const char *name, *type;
};

/// What expressions of a scope see.
std::vector<seen_name> names_of(expression::sees scope) {
    switch (scope) {
    case expression::sees::output_and_fields:
        return {{"fields", "jsonb"}, {"output", "jsonb"}, {"evidence", "jsonb"}};
    case expression::sees::tasks_and_fields:
        return {{"fields", "jsonb"}, {"tasks", "jsonb"}, {"evidence", "jsonb"}};
    case expression::sees::item:
        return {{"fields", "jsonb"}, {"output", "jsonb"},     {"evidence", "jsonb"}, {"score", "numeric"},
                {"status", "text"},  {"skip_reason", "text"}, {"key", "text"}};
    case expression::sees::record:
        return {{"fields", "jsonb"}, {"evidence", "jsonb"}, {"key", "text"}};
    case expression::sees::exported_item:
        return {{"fields", "jsonb"}, {"tasks", "jsonb"},    {"items", "jsonb"},
                {"output", "jsonb"}, {"evidence", "jsonb"}, {"score", "numeric"},
                {"status", "text"},  {"key", "text"},       {"skip_reason", "text"}};
    case expression::sees::exported_record:
        return {{"fields", "jsonb"}, {"tasks", "jsonb"}, {"items", "jsonb"}, {"evidence", "jsonb"}, {"key", "text"}};
    case expression::sees::fields:
        break;
    }
    return {{"fields", "jsonb"}};
}

/// "VALUE::jsonb AS fields, ...". Of jsonb the value; null of all others.
std::string columns_of(const expression &e, const std::string &value) {
    std::string columns;
    for (const auto &[name, type] : names_of(e.scope)) {
        if (e.without_evidence && std::string_view{name} == "evidence")
            continue;
        const bool is_document = std::string_view{type} == "jsonb";
        columns +=
            (columns.empty() ? "" : ", ") + (is_document ? value : std::string{"NULL"}) + "::" + type + " AS " + name;
    }
    return columns;
}

std::string advice(expression::sees scope) {
    switch (scope) {
    case expression::sees::output_and_fields:
        return "it is an SQL boolean over `output` and `fields`, both jsonb, for example (output->>'year')::int > 1900";
    case expression::sees::tasks_and_fields:
        return "it is an SQL boolean over `fields` and `tasks`, both jsonb, for example "
               "(tasks->'classify'->>'relevant')::boolean";
    case expression::sees::item:
        return "it is an SQL boolean over fields and output (jsonb), score, status, skip_reason and key, for example "
               "score < 0.5 and fields->>'lang' = 'en'";
    case expression::sees::record:
        return "it is an SQL boolean over fields (jsonb) and key, for example fields->>'email' = 'a@example.org'";
    case expression::sees::exported_item:
        return "it is SQL over fields, tasks, items and output (jsonb), score, status, skip_reason and key, for "
               "example "
               "round(score, 2)";
    case expression::sees::exported_record:
        return "it is SQL over fields, tasks and items (jsonb; answers, and what is known about them, by task) and "
               "key, for example "
               "tasks->'classify'->>'label'";
    case expression::sees::fields:
        break;
    }
    return "it is an SQL boolean over `fields` (jsonb), for example length(fields->>'text') < 40";
}

} // namespace

void not_accepted(const std::string &where, const expression &e, const std::string &why) {
    throw usage_error{where + ", " + e.name + ": PostgreSQL does not accept it: " + why,
                      e.is_text ? "it is SQL text over `fields` (jsonb), for example normalised(fields->>'text')"
                                : advice(e.scope)};
}

namespace {

/// A boolean is not cast to one, so that a text is noticed.
std::string checked(const expression &e) {
    return "(" + e.sql + (e.is_text ? "\n)::text" : "\n) IS TRUE");
}

/// Over columns of a set of rows, as it will be evaluated, so that nothing in it is worked out beforehand but what is
/// constant.
void check_plan(db::connection &c, const expression &e, const std::string &where) {
    rule_transaction tx{c};
    try {
        // By itself first: one that closes the bracket that is put around it is no expression.
        tx.get().exec("SELECT " + e.sql + "\n FROM (SELECT " + columns_of(e, "e.a") +
                          " FROM unnest($1::text[]) AS e (a)) AS x",
                      "{}");
        // The parameter makes libpqxx use the extended protocol, which refuses a second statement smuggled in.
        tx.get().exec("SELECT " + checked(e) + " FROM (SELECT " + columns_of(e, "e.a") +
                          " FROM unnest($1::text[]) AS e (a)) AS x",
                      "{}");
    } catch (const pqxx::sql_error &problem) {
        not_accepted(where, e, db::brief_message(problem.what()));
    }
}

/// What the expressions call that leads out of their role or transaction, by the parsed form of a view that is never
/// committed. Nothing is evaluated. Each was planned before, so none of them holds a second statement.
pqxx::result forbidden_calls(db::connection &c, const std::vector<expression> &expressions) {
    db::transaction tx{c, {.read_only = false, .durable = false, .bounds = {.statement = rule_timeout}}};
    tx.exec(sql::rules_environment);
    std::string columns;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        columns += (i > 0 ? ",\n" : "") + std::string{"(SELECT "} + checked(expressions[i]) + " FROM (SELECT " +
                   columns_of(expressions[i], "NULL") + ") AS x) AS e" + std::to_string(i);
    }
    tx.exec("CREATE TEMPORARY VIEW smelt_expressions AS SELECT " + columns);
    return tx.exec(sql::rules_calls);
}

void check_calls(db::connection &c, const std::vector<expression> &expressions, const std::string &where) {
    try {
        if (forbidden_calls(c, expressions).empty())
            return;
    } catch (const pqxx::insufficient_privilege &) {
        throw usage_error{where + ": the expressions cannot be looked at: the role may not make temporary views",
                          "GRANT TEMPORARY ON DATABASE ... TO the role that smelt connects as"};
    }
    for (const auto &e : expressions)
        if (const auto calls = forbidden_calls(c, {e}); !calls.empty())
            throw usage_error{where + ", " + e.name + ": it calls " + text(calls[0]["name"]) + ", " +
                                  text(calls[0]["why"]),
                              "expressions may use functions, operators and types of pg_catalog that only depend on "
                              "their arguments and change nothing"};
}

} // namespace

void check_expressions(db::connection &c, const std::vector<expression> &expressions, const std::string &where) {
    for (const auto &e : expressions)
        check_plan(c, e, where);
    if (!expressions.empty())
        check_calls(c, expressions, where);
}

void check_column_expressions(db::connection &c, std::vector<expression> expressions) {
    for (auto &e : expressions)
        e.sql = "(" + e.sql + "\n) IS NOT NULL"; // what is checked is a boolean
    check_expressions(c, expressions, "--columns");
}

} // namespace smelt::store
