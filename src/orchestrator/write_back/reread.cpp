#include "reread.hpp"

#include "orchestrator/load/load_plan.hpp"
#include "orchestrator/load/query_staging.hpp"

#include "smelt/db/sql_name.hpp"
#include "smelt/source/text_by_path.hpp"

#include <memory>

namespace smelt::orchestrator {
namespace {

std::vector<std::string> columns_of(db::transaction &tx, const std::string &query) {
    std::vector<std::string> columns;
    const auto none = tx.exec("SELECT * FROM (" + query + "\n) AS q LIMIT 0");
    for (pqxx::row_size_type i = 0; i < none.columns(); ++i)
        columns.emplace_back(none.column_name(i));
    return columns;
}

std::string literal(const std::string &value) {
    std::string out = "'";
    for (const char c : value)
        out += c == '\'' ? std::string{"''"} : std::string{c};
    return out + "'";
}

/// "(q.a::text, q.b::text) IN (...)": rows whose key is that of a record in `rows`.
std::string of_these_records(const std::vector<std::string> &key) {
    std::string columns, values;
    for (const auto &field : key) {
        columns += (columns.empty() ? "q." : ", q.") + db::quoted_name(field) + "::text";
        values += std::string{values.empty() ? "" : ", "} + "w.fields ->> " + literal(field);
    }
    return "(" + columns + ") IN (SELECT " + values + " FROM pg_temp.rows AS w)";
}

} // namespace

std::map<std::string, store::reread_row> reread(db::transaction &tx, const registered_pipeline &p) {
    write_alike(tx);
    const auto &source = p.config->source;
    const auto fields = content_fields(p);
    const auto file = p.config->file.string();
    std::unique_ptr<source::text_by_path> texts;
    if (source.text_file)
        texts = std::make_unique<source::text_by_path>(*source.text_file, p.config->folder,
                                                       source::is_content(fields, source.text_file->field));
    const auto asking = source.again ? asking_columns(tx, p, columns_of(tx, source.query)) : std::string{};
    source::query_rows maker{source, fields, file};
    std::map<std::string, store::reread_row> seen;
    for (const auto &one : tx.exec("SELECT to_jsonb(q)::text" + asking + " FROM (" + source.query + "\n) AS q WHERE " +
                                   of_these_records(source.key.fields))) {
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
