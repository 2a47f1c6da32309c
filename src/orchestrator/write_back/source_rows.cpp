#include "source_rows.hpp"

#include "orchestrator/load/load_plan.hpp"
#include "orchestrator/load/query_staging.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/sql_name.hpp"
#include "smelt/source/text_by_path.hpp"

#include <memory>

namespace smelt::orchestrator {
namespace {

/// The columns of a query by name, with their types as SQL.
std::map<std::string, std::string> columns_of(db::transaction &tx, const std::string &query) {
    std::map<std::string, std::string> columns;
    const auto none = tx.exec("SELECT * FROM (" + query + "\n) AS q LIMIT 0");
    for (pqxx::row_size_type i = 0; i < none.columns(); ++i)
        columns[none.column_name(i)] = tx.exec_one("SELECT pg_catalog.format_type($1::oid, NULL)",
                                                   static_cast<std::int64_t>(none.column_type(i)))[0]
                                           .c_str();
    return columns;
}

/// "(q.a, q.b) IN (...)": rows whose key is that of a record in `rows`. The values get the types of the columns, so
/// that an index of the user's serves.
std::string of_these_records(const std::vector<std::string> &key, const std::map<std::string, std::string> &types) {
    std::string columns, values;
    for (const auto &field : key) {
        const auto type = types.find(field);
        if (type == types.end())
            throw usage_error{"source.key: with write_back " + field + " has to be a column of the query",
                              "select it as a column of its own"};
        columns += (columns.empty() ? "q." : ", q.") + db::quoted_name(field);
        values +=
            std::string{values.empty() ? "" : ", "} + "(w.fields ->> " + db::quoted_text(field) + ")::" + type->second;
    }
    return "(" + columns + ") IN (SELECT " + values + " FROM pg_temp.rows AS w)";
}

std::string query_of(db::transaction &tx, const registered_pipeline &p) {
    const auto &source = p.config->source;
    const auto types = columns_of(tx, source.query);
    std::vector<std::string> names;
    names.reserve(types.size());
    for (const auto &[name, type] : types)
        names.push_back(name);
    const auto asking = source.again ? asking_columns(tx, p, names) : std::string{};
    return "SELECT to_jsonb(q)::text" + asking + " FROM (" + source.query + "\n) AS q WHERE " +
           of_these_records(source.key.fields, types);
}

} // namespace

std::map<std::string, store::reread_row> source_rows::read(db::transaction &tx) {
    write_alike(tx);
    if (query_.empty())
        query_ = query_of(tx, pipeline_);
    const auto &source = pipeline_.config->source;
    const auto fields = content_fields(pipeline_);
    const auto file = pipeline_.config->file.string();
    std::unique_ptr<source::text_by_path> texts;
    if (source.text_file)
        texts = std::make_unique<source::text_by_path>(*source.text_file, pipeline_.config->folder,
                                                       source::is_content(fields, source.text_file->field));
    source::query_rows maker{source, fields, file};
    std::map<std::string, store::reread_row> seen;
    for (const auto &one : tx.exec(query_)) {
        auto row = maker.read({one[0].c_str(), one[0].size()});
        if (texts)
            texts->complete(row, file);
        if (!row.incomplete && !row.skip)
            seen.emplace(std::move(row.key),
                         store::reread_row{std::move(row.fields), std::move(row.content_hash),
                                           source.again ? version_asked_for(*source.again, one) : std::string{},
                                           row.hash});
    }
    return seen;
}

} // namespace smelt::orchestrator
