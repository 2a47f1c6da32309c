#include "query_staging.hpp"

#include "stager.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/db/sql_name.hpp"
#include "smelt/db/sql_problem.hpp"

#include <algorithm>
#include <set>

namespace smelt::orchestrator {
namespace {

/// Throws file_error for two columns of one name.
std::vector<std::string> columns_of(db::transaction &tx, const std::string &query, const std::string &file) {
    std::vector<std::string> columns;
    const auto none = tx.exec("SELECT * FROM " + query + " LIMIT 0");
    for (pqxx::row_size_type i = 0; i < none.columns(); ++i)
        if (const std::string name = none.column_name(i); std::ranges::find(columns, name) == columns.end())
            columns.push_back(name);
        else
            throw file_error{file, 0, "source.sql: two columns are named \"" + name + "\"",
                             "name one of them otherwise with AS"};
    return columns;
}

/// meta.path is a member of meta.
std::string top_of(const std::string &field) {
    return field.substr(0, field.find('.'));
}

/// What PostgreSQL refuses is a fault of this part of the file.
template <class Run>
auto accepted(const std::string &file, const std::string &part, const Run &run) {
    try {
        return run();
    } catch (const pqxx::sql_error &e) {
        throw file_error{file, 0, part + ": PostgreSQL does not accept it: " + db::brief_message(e.what()),
                         part == "source.sql"
                             ? "it is one SELECT without a semicolon at its end; try it with smelt db psql"
                             : "it is a condition over the columns of the query, such as status = 'pending'"};
    }
}

} // namespace

void write_alike(db::transaction &tx) {
    tx.exec("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'");
}

std::string asking_columns(db::transaction &tx, const registered_pipeline &p, const std::vector<std::string> &columns) {
    const auto &again = *p.config->source.again;
    const auto file = p.config->file.string();
    if (std::ranges::find(columns, again.version) == columns.end())
        throw file_error{file, 0, "source.again.version: the query has no column \"" + again.version + "\"",
                         config::did_you_mean(again.version, columns)};
    // The newline ends a trailing comment.
    const auto asking = ", ((" + again.when + "\n)::boolean) IS TRUE, q." + db::quoted_name(again.version) + "::text";
    const auto try_it = [&] {
        return tx.exec("SELECT q" + asking + " FROM (" + p.config->source.query + "\n) AS q LIMIT 0");
    };
    accepted(file, "source.again.when", try_it);
    return asking;
}

std::string version_asked_for(const config::again_spec &again, const pqxx::row &row) {
    const bool asks = row[1].as<bool>() && !row[2].is_null();
    return again.version + "=" + (asks ? std::string{row[2].c_str(), row[2].size()} : std::string{});
}

staged_query stage_query(store::records &records, db::connection &rules, const registered_pipeline &p,
                         const load_plan &plan, run_pass &pass) {
    stager staging{records, rules, p, plan};
    const auto &source = p.config->source;
    const auto file = p.config->file.string();
    db::connection reader{pass.run.conninfo, "smelt load query"};
    const db::pool::guest stoppable{pass.run.db, reader};
    db::transaction tx{reader, {.read_only = true, .durable = false, .bounds = {}}};
    write_alike(tx);
    source::query_rows maker{source, {plan.fields.begin(), plan.fields.end()}, file};
    const auto add = [&](const pqxx::result &rows) {
        for (const auto &one : rows) {
            auto row = maker.read({one[0].c_str(), one[0].size()});
            if (source.again)
                row.again_version = version_asked_for(*source.again, one);
            staging.add(std::move(row), 0, file);
        }
        return true;
    };
    staged_query staged;
    const auto query = "(" + source.query + "\n) AS q";
    staged.columns = accepted(file, "source.sql", [&] { return columns_of(tx, query, file); });
    if (source.text_file && std::ranges::find(staged.columns, top_of(source.text_file->column)) == staged.columns.end())
        throw file_error{file, 0, "text_file.column: the query has no column \"" + source.text_file->column + "\"",
                         config::did_you_mean(source.text_file->column, staged.columns)};
    const auto asking = source.again ? asking_columns(tx, p, staged.columns) : std::string{};
    const auto read = [&] {
        db::for_each_piece(tx, "SELECT to_jsonb(q)::text" + asking + " FROM " + query, 2000, add);
    };
    accepted(file, source.again ? "source.sql or source.again.when" : "source.sql", read);
    staging.finish();
    staged.notes = staging.notes();
    for (const auto &field : source.derive)
        staged.columns.push_back(field.name);
    if (staging.rows() > 0)
        staged.has_whole_keys = staging.has_whole_keys();
    return staged;
}

} // namespace smelt::orchestrator
