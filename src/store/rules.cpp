#include "smelt/store/rules.hpp"

#include "blame.hpp"
#include "rule_transaction.hpp"
#include "sql/rules.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/sql_problem.hpp"
#include "smelt/store/rule_checks.hpp"

#include <functional>

namespace smelt::store {
namespace {

/// Of all rows of a slice together, whose batch is locked meanwhile.
constexpr std::chrono::milliseconds slice_timeout{1000};

/// The newline ends a trailing -- comment of the expression, so that it cannot swallow the
/// parenthesis.
std::string value_of(const expression &e) {
    return "((" + e.sql + (e.is_text ? "\n)::text)" : "\n)::boolean) IS TRUE");
}

/// Named r0, r1, ...
std::string boolean_columns(const std::vector<expression> &expressions) {
    std::string columns;
    for (std::size_t i = 0; i < expressions.size(); ++i)
        columns += ",\n       " + value_of(expressions[i]) + " AS r" + std::to_string(i);
    return columns;
}

/// OFFSET 0 keeps each output from being parsed once for every expression. The join goes away when none of them names
/// fields.
std::string over_outputs(const std::vector<expression> &expressions) {
    return "SELECT n" + boolean_columns(expressions) +
           "\n  FROM (SELECT e.n, e.output::jsonb AS output, r.fields, coalesce(r.evidence, '{}') AS evidence"
           "\n          FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS e (record_id, output, n)"
           "\n          LEFT JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = e.record_id OFFSET 0) AS x";
}

std::string over_fields(const std::vector<expression> &expressions) {
    return "SELECT n" + boolean_columns(expressions) +
           "\n  FROM (SELECT e.n, e.fields::jsonb AS fields FROM unnest($1::text[]) WITH ORDINALITY AS e (fields, n) "
           "OFFSET 0) AS x";
}

/// Rows for which not every expression holds, each evaluated once.
std::string over_attempts(const std::vector<expression> &expressions) {
    std::string all;
    for (std::size_t i = 0; i < expressions.size(); ++i)
        all += (i > 0 ? " AND r" : "r") + std::to_string(i);
    return "SELECT *\n  FROM (SELECT record_id" + boolean_columns(expressions) +
           "\n          FROM (SELECT a.record_id, a.output, r.fields, coalesce(r.evidence, '{}') AS evidence"
           "\n                  FROM smelt.attempt AS a"
           "\n                  LEFT JOIN smelt.record AS r ON r.pipeline_id = $1 AND r.id = a.record_id"
           "\n                 WHERE a.pipeline_id = $1 AND a.batch_id = $2 AND a.record_id = ANY ($3::bigint[])"
           "\n                OFFSET 0) AS x"
           "\n        OFFSET 0) AS judged\n WHERE NOT (" +
           all + ")";
}

std::string over_tasks(const std::vector<expression> &expressions) {
    return "SELECT n" + boolean_columns(expressions) +
           "\n  FROM (SELECT e.n, e.fields::jsonb AS fields, e.tasks::jsonb AS tasks, e.evidence::jsonb AS evidence"
           "\n          FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS e (fields, tasks, evidence, "
           "n) "
           "OFFSET 0) AS x";
}

template <class T>
std::vector<T> part_of(const std::vector<T> &all, std::size_t first, std::size_t last) {
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(last)};
}

using grid = std::vector<std::vector<evaluation>>;
/// Runs the expressions over rows [first, last) and returns their columns.
using query = std::function<pqxx::result(const std::vector<expression> &, std::size_t first, std::size_t last)>;

/// A row is a number and the columns of the expressions.
void read_columns(const pqxx::row &row, const std::vector<expression> &expressions, std::vector<evaluation> &into) {
    for (std::size_t e = 0; e < expressions.size(); ++e) {
        const auto field = row[static_cast<pqxx::row::size_type>(e + 1)];
        if (!expressions[e].is_text)
            into[e].holds = field.as<bool>();
        else if (!field.is_null())
            into[e].text = text(field);
    }
}

void fill(grid &into, const std::vector<expression> &expressions, const pqxx::result &rows, std::size_t first) {
    for (const auto &row : rows)
        read_columns(row, expressions, into[first + static_cast<std::size_t>(row[0].as<std::int64_t>()) - 1]);
}

/// Evaluates rows [first, last); an error halves the range until the row stands alone, then tries its expressions one
/// by one.
void evaluate(const db::connection &c, const query &run, const std::vector<expression> &expressions, std::size_t first,
              std::size_t last, grid &into) {
    try {
        fill(into, expressions, run(expressions, first, last), first);
        return;
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        if (last - first == 1 && expressions.size() == 1) {
            into[first][0].error = db::brief_message(e.what());
            return;
        }
    }
    if (last - first > 1) {
        const auto middle = first + (last - first) / 2;
        evaluate(c, run, expressions, first, middle, into);
        evaluate(c, run, expressions, middle, last, into);
        return;
    }
    for (std::size_t e = 0; e < expressions.size(); ++e) {
        grid alone(last, std::vector<evaluation>(1));
        evaluate(c, run, {expressions[e]}, first, last, alone);
        into[first][e] = alone[first][0];
    }
}

grid evaluate_rows(const db::connection &c, const query &run, const std::vector<expression> &expressions,
                   std::size_t rows) {
    grid results(rows, std::vector<evaluation>(expressions.size()));
    if (rows > 0 && !expressions.empty())
        evaluate(c, run, expressions, 0, rows, results);
    return results;
}

} // namespace

std::vector<std::vector<evaluation>> evaluate_outputs(db::connection &c, pipeline_id p,
                                                      const std::vector<expression> &expressions,
                                                      const std::vector<std::int64_t> &records,
                                                      const std::vector<std::string> &outputs) {
    const query run = [&](const std::vector<expression> &some, std::size_t first, std::size_t last) {
        rule_transaction tx{c};
        return tx.get().exec(over_outputs(some), p.value, db::array_literal(part_of(records, first, last)),
                             db::array_literal(part_of(outputs, first, last)));
    };
    return evaluate_rows(c, run, expressions, records.size());
}

namespace {

std::vector<broken_rules> broken_among(const pqxx::result &rows, const std::vector<expression> &expressions) {
    std::vector<broken_rules> broken;
    for (const auto &row : rows) {
        auto &b = broken.emplace_back();
        b.record = row[0].as<std::int64_t>();
        b.found.resize(expressions.size());
        read_columns(row, expressions, b.found);
    }
    return broken;
}

} // namespace

std::optional<std::vector<broken_rules>> judge_attempts(db::connection &c, db::transaction &tx, pipeline_id p,
                                                        batch_id b, const std::vector<expression> &expressions,
                                                        const std::vector<std::int64_t> &records) {
    try {
        tx.exec("SAVEPOINT rules; SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = " +
                std::to_string(slice_timeout.count()));
        if (!confine(tx))
            return std::nullopt;
        const auto rows = tx.exec(over_attempts(expressions), p.value, b.value, db::array_literal(records));
        tx.exec("ROLLBACK TO SAVEPOINT rules; RELEASE SAVEPOINT rules"); // the settings go with it
        return broken_among(rows, expressions);
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        return std::nullopt;
    }
}

std::vector<std::vector<evaluation>> evaluate_conditions(db::connection &c, const std::vector<expression> &expressions,
                                                         const condition_rows &rows) {
    const query run = [&](const std::vector<expression> &some, std::size_t first, std::size_t last) {
        rule_transaction tx{c};
        return tx.get().exec(over_tasks(some), db::array_literal(part_of(rows.fields, first, last)),
                             db::array_literal(part_of(rows.tasks, first, last)),
                             db::array_literal(part_of(rows.evidence, first, last)));
    };
    return evaluate_rows(c, run, expressions, rows.fields.size());
}

std::vector<std::vector<evaluation>> evaluate_fields(db::connection &c, const std::vector<expression> &expressions,
                                                     const std::vector<std::string> &fields) {
    const query run = [&](const std::vector<expression> &some, std::size_t first, std::size_t last) {
        rule_transaction tx{c};
        return tx.get().exec(over_fields(some), db::array_literal(part_of(fields, first, last)));
    };
    return evaluate_rows(c, run, expressions, fields.size());
}

namespace {

/// What somebody gives with a command, and so as himself: smelt_rules may not read what it sees.
const db::transaction::mode of_a_command{
    .read_only = true, .durable = false, .bounds = {.statement = std::chrono::minutes{1}}};

} // namespace

std::vector<std::string> keys_where(db::connection &c, pipeline_id p, task_id t, const std::string &condition) {
    const expression wanted{"the expression", condition, expression::sees::item};
    check_expressions(c, {wanted}, "--where");
    db::transaction tx{c, of_a_command};
    tx.exec(sql::rules_environment);
    std::vector<std::string> keys;
    try {
        for (const auto &row : tx.exec("SELECT key FROM (" + std::string{sql::rules_items.text} + ") AS x WHERE (" +
                                           condition + "\n)::boolean ORDER BY record_id",
                                       p.value, t.value))
            keys.push_back(text(row[0]));
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        not_accepted("--where", wanted, db::brief_message(e.what()));
    }
    return keys;
}

std::vector<std::int64_t> records_where(db::connection &c, pipeline_id p, const std::string &condition) {
    const expression wanted{"the expression", condition, expression::sees::record};
    check_expressions(c, {wanted}, "--where");
    db::transaction tx{c, of_a_command};
    tx.exec(sql::rules_environment);
    try {
        return integers(tx.exec("SELECT record_id FROM (" + std::string{sql::rules_records.text} + ") AS x WHERE (" +
                                    condition + "\n)::boolean ORDER BY record_id",
                                p.value));
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        not_accepted("--where", wanted, db::brief_message(e.what()));
    }
}

std::vector<std::vector<std::string>> column_values(db::connection &c, pipeline_id p,
                                                    const std::vector<std::int32_t> &tasks,
                                                    const std::vector<expression> &expressions,
                                                    const std::vector<std::int64_t> &records) {
    std::string columns;
    for (const auto &e : expressions)
        columns += (columns.empty() ? "" : ",\n       ") + std::string{"to_jsonb(("} + e.sql + "\n))::text";
    db::transaction tx{c, of_a_command};
    tx.exec(sql::rules_environment);
    std::vector<std::vector<std::string>> values;
    try {
        for (const auto &row : tx.exec("SELECT " + columns + " FROM (" + std::string{sql::rules_exported.text} +
                                           ") AS x ORDER BY record_id",
                                       p.value, db::array_literal(tasks), db::array_literal(records))) {
            auto &cells = values.emplace_back();
            for (const auto &field : row)
                cells.push_back(text(field));
        }
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        throw usage_error{"--columns: an expression cannot be evaluated: " + db::brief_message(e.what()),
                          "guard it, for example with a CASE or nullif()"};
    }
    return values;
}

} // namespace smelt::store
